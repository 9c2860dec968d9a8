package tools

import rego.v1

default decision := "deny"

decision := "allow" if input.tool == "send"

args := object.union(input.args, {"amount": 1}) if input.tool == "send"

args := object.union(input.args, {"amount": 2}) if {
	input.tool == "send"
	input.args.amount > 5
}
