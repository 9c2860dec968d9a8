allow(_agent, "send", call: ToolCall) if
	forall(payee in call.args.to, payee in ["a"]);
