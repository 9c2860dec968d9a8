package tools

import rego.v1

default decision := "deny"

decision := "allow" if {
	input.tool == "send"
	input.args.to == "a"
}

reply := "Well done." if {
	input.tool == "send"
	input.args.to == "a"
}
