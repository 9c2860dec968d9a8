allow(_agent, "run", call: ToolCall) if
	not denied("run", call);

denied("run", call: ToolCall) if
	call.args.cmd.count("rm") > 0;
