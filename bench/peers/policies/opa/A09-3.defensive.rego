package tools

import rego.v1

default allow := false

declared := {
	"type": "object",
	"properties": {"opts": {
		"type": "object",
		"properties": {"to": {"type": "string"}},
		"additionalProperties": false,
	}},
	"required": ["opts"],
	"additionalProperties": false,
}

allow if {
	input.tool == "send"
	json.match_schema(input.args, declared)[0]
	input.args.opts.to == "a"
}
