allow(_agent, "send", _call: ToolCall);
