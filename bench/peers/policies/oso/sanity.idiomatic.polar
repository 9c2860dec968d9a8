allow(_agent, tool, call: ToolCall) if
	allowed(tool, call) and
	not denied(tool, call);

allowed("send", call: ToolCall) if
	call.args.to in ["a", "b"] and
	call.args.amount <= 100;

allowed("read", call: ToolCall) if
	call.args.path.startswith("/srv/");

denied("read", call: ToolCall) if
	call.args.path.count("secret") > 0;
