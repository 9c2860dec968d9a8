allow(_agent, "send", call: ToolCall) if
	call.args.to in ["a", "b"];
