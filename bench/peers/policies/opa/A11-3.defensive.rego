package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

deny if not within

within if {
	is_number(input.args.amount)
	is_number(input.args.rate)
	input.args.amount * input.args.rate <= 100
}
