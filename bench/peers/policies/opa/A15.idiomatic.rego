package tools

import rego.v1

default decision := "deny"

decision := "ask" if {
	input.tool == "send"
	input.args.amount > 1
} else := "deny" if {
	input.tool == "send"
	input.args.to == "evil"
}
