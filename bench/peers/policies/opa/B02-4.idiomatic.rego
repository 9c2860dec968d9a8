package tools

import rego.v1

default allow := false

allow if {
	input.tool == "run"
	not deny
}

deny if glob.match("*rm*", [], input.args.cmd)
