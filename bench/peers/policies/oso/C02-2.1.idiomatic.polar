allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("send", call: ToolCall) if
	lenn(call.args.to, length) and length > 1;
