package tools

import rego.v1

default allow := false

declared := {
	"send": {"properties": {"to": {"type": "string", "pattern": "(?=a)a+"}}},
	"post": {"properties": {"to": {"type": "string"}}},
}

allow if {
	input.tool in ["send", "post"]
	json.match_schema(input.args, declared[input.tool])[0]
}
