package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

deny if {
	input.tool == "send"
	large
}

large if input.args.amount > 100
