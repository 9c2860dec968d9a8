package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	input.args.to in ["a", "b"]
}
