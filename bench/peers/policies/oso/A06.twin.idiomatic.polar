allow(_agent, "send", call: ToolCall) if
	call.args.recipient in ["a"];
