allow(_agent, "read", _call: ToolCall);
