allow(_agent, "send", call: ToolCall) if
	[_first, *_rest] = call.args.to and
	forall(payee in call.args.to, payee in ["a"]);
