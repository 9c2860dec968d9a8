package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	is_array(input.args.to)
	count(input.args.to) > 0
	every payee in input.args.to {
		payee in ["a"]
	}
}
