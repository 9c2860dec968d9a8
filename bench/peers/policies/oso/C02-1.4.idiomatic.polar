allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

forbidden("send", _call: ToolCall);
