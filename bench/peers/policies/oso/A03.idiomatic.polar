allow(_agent, tool, call: ToolCall) if
	not denied(tool, call);

denied("read", call: ToolCall) if
	call.args.path.startswith("/etc");
