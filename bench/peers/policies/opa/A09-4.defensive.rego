package tools

import rego.v1

default allow := false

declared := {
	"type": "object",
	"properties": {"to": {"type": "string"}},
	"required": ["to"],
	"additionalProperties": false,
}

allow if {
	input.tool == "send"
	json.match_schema(input.args, declared)[0]
	input.args.to == "a"
}
