allow(_agent, "send", call: ToolCall) if
	call.args.amount <= 100 and
	not denied("send", call);

denied("send", call: ToolCall) if
	call.args.recipient in ["eve"];
