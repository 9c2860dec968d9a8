package tools

import rego.v1

deny_result if {
	input.tool == "send"
	input.result.x == 1
}
