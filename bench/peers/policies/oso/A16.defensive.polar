allow(_agent, tool, call: ToolCall) if
	not denied(tool, call);

# There is no third effect: what would be asked is denied.
denied(_tool, call: ToolCall) if
	not harmless(call.declared);

harmless(declared) if
	declared.destructiveHint = false;
