package tools

import rego.v1

default decision := "deny"

decision := "allow" if {
	input.tool == "send"
	count(amounts) == 1
}

amounts contains 1 if input.tool == "send"

amounts contains 2 if {
	input.tool == "send"
	input.args.amount > 5
}

args := object.union(input.args, {"amount": amount}) if {
	count(amounts) == 1
	some amount in amounts
}
