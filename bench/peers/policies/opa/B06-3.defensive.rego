package tools

import rego.v1

default allow := false

pattern := {"send": `^(?:(?=a)a+)$`, "post": `^(?s:.*)$`}

allow if {
	input.tool in ["send", "post"]
	is_string(input.args.to)
	regex.match(pattern[input.tool], input.args.to)
}
