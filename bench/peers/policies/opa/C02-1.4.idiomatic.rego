package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

forbid if {
	input.tool == "send"
	input.args.to == 1
}
