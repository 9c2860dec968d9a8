package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	regex.match(`^.*@corp\.com$`, input.args.to)
}
