package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	input.args.to in ["a", "b"]
	input.args.amount <= 100
}

allow if {
	input.tool == "read"
	startswith(input.args.path, "/srv/")
	not deny
}

deny if {
	input.tool == "read"
	contains(input.args.path, "secret")
}
