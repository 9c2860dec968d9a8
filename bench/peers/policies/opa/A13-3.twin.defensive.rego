package tools

import rego.v1

default decision := "deny"

decision := "allow" if {
	input.tool == "send"
	not deny
}

deny if args.to == "evil"

args := object.union(input.args, {"to": "b"}) if input.tool == "send"
