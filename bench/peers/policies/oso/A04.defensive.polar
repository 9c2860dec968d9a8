allow(_agent, tool, call: ToolCall) if
	not denied(tool, call);

denied("read", call: ToolCall) if
	not elsewhere(call.args);

elsewhere(args) if
	args.path matches String and
	args.path.count("/etc") = 0;
