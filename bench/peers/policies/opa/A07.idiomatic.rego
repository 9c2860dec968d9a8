package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	count(input.args.to) > 0
	every payee in input.args.to {
		payee in ["a"]
	}
}
