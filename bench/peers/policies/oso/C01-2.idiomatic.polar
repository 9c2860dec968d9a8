denied("delete", _call: ToolCall);
