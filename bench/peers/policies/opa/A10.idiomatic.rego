package tools

import rego.v1

default allow := false

allow if {
	input.tool == "read"
	not deny
}

deny if input.tool == "delete"
