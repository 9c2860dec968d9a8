package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

deny if {
	input.tool == "send"
	input.args.amount / input.args.rate > 100
}
