allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

# There is no third effect: what would be asked is denied.
denied("send", call: ToolCall) if
	call.args.amount > 100;
