# There are no regular expressions; an equation stands in.
allow(_agent, "run", call: ToolCall) if
	call.args.cmd = "ok";
