package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	is_string(input.args.to)
	regex.match(`^(a+)+$`, input.args.to)
}
