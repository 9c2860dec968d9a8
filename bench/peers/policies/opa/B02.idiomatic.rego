package tools

import rego.v1

default allow := false

allow if {
	input.tool == "run"
	regex.match(`ok`, input.args.cmd)
}
