allow(_agent, "send", call: ToolCall) if
	not denied("send", call);

denied("send", call: ToolCall) if
	not within(call.args);

within(args) if
	number(args.amount) and
	number(args.rate) and
	args.amount * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate * args.rate <= 100;

number(value: Integer) if value = value;
number(value: Float) if value = value;
