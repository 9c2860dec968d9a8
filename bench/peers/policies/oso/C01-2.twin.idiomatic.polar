allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("delete", _call: ToolCall);
