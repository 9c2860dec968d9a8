allow(_agent, "read", call: ToolCall) if
	not denied("read", call);

denied("delete", _call: ToolCall);
