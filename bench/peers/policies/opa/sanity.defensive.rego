package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	is_string(input.args.to)
	is_number(input.args.amount)
	input.args.to in ["a", "b"]
	input.args.amount <= 100
}

allow if {
	input.tool == "read"
	is_string(input.args.path)
	startswith(input.args.path, "/srv/")
	not contains(input.args.path, "secret")
}
