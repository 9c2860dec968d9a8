allow(_agent, tool, call: ToolCall) if
	not denied(tool, call);

denied(_tool, call: ToolCall) if
	call.declared.risk = "high";
