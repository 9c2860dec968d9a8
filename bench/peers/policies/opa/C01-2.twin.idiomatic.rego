package tools

import rego.v1

allow if {
	input.tool == "send"
	not deny
}

deny if input.tool == "delete"
