allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("send", call: ToolCall) if
	call.args.amount * call.args.rate > 100;
