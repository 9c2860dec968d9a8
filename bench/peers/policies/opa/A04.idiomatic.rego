package tools

import rego.v1

default allow := false

allow if not deny

deny if {
	input.tool == "read"
	contains(input.args.path, "/etc")
}
