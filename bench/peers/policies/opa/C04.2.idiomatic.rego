package tools

import rego.v1

deny if {
	input.tool == "send"
	input.result.x == 1
}
