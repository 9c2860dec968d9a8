package tools

import rego.v1

default decision := "deny"

decision := "allow" if {
	input.tool == "send"
	is_number(input.args.amount)
	input.args.amount <= 100
} else := "ask" if {
	input.tool == "send"
}
