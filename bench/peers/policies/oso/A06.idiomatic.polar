allow(_agent, "send", call: ToolCall) if
	call.args.recipent in ["a"];
