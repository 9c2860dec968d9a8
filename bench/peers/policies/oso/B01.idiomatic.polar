# There are no regular expressions; a method of the text stands in.
allow(_agent, "send", call: ToolCall) if
	call.args.to.endswith("@corp.com");
