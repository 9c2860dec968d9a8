package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	input.args.to == "a"
}

allow if {
	input.tool == "send"
	input.args.to == "b"
}
