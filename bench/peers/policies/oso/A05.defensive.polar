allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

# There is no third effect: what would be asked is denied.
denied("send", call: ToolCall) if
	not small(call.args);

small(args) if
	number(args.amount) and
	args.amount <= 100;

number(value: Integer) if value = value;
number(value: Float) if value = value;
