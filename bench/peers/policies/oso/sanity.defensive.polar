allow(_agent, "send", call: ToolCall) if
	call.args.to matches String and
	call.args.amount matches Integer and
	call.args.to in ["a", "b"] and
	call.args.amount <= 100;

allow(_agent, "read", call: ToolCall) if
	call.args.path matches String and
	call.args.path.startswith("/srv/") and
	call.args.path.count("secret") = 0;
