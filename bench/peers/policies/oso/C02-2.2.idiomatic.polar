allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("send", _call: ToolCall) if
	arg.to = 1;
