package tools

import rego.v1

default allow := false

declared := {"properties": {"to": {"type": "string", "pattern": "^(a+)+$"}}}

allow if {
	input.tool == "send"
	json.match_schema(input.args, declared)[0]
}
