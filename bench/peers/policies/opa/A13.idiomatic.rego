package tools

import rego.v1

default decision := "deny"

decision := "allow" if {
	input.tool == "send"
	input.args.amount > 100
}

decision := "allow" if {
	input.tool == "send"
	input.args.amount <= 10
}

args := object.union(input.args, {"amount": 100}) if {
	input.tool == "send"
	input.args.amount > 100
}
