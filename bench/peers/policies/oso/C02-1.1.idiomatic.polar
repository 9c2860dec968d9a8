allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("send", call: ToolCall) if
	call.args.to ~= 1;
