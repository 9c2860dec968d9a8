package tools

import rego.v1

default decision := "deny"

decision := "ask" if {
	input.tool == "send"
	input.args.amount > 100
} else := "allow" if {
	input.tool == "send"
}
