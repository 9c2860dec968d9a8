package tools

import rego.v1

default allow := false

allow if not deny

deny if {
	input.tool == "read"
	not elsewhere
}

elsewhere if {
	is_string(input.args.path)
	not contains(input.args.path, "/etc")
}
