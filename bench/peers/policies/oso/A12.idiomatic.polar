allow(_agent, "send", call: ToolCall) if
	call.args.to = "a";

allow(_agent, "send", call: ToolCall) if
	call.args.to = "b";
