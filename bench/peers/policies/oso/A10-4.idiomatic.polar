allow(_agent, tool, _call: ToolCall) if
	tool != "delete";
