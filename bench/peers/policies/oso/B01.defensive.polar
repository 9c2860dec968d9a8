# There are no regular expressions; a method of the text stands in.
allow(_agent, "send", call: ToolCall) if
	call.args.to matches String and
	call.args.to.endswith("@corp.com") and
	call.args.to.count("\n") = 0;
