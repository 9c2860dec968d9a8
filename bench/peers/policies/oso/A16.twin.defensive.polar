allow(_agent, tool, call: ToolCall) if
	not denied(tool, call);

denied(_tool, call: ToolCall) if
	not harmless(call.declared);

harmless(declared) if
	declared.risk = "low";
