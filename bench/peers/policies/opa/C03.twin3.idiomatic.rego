package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

deny if {
	input.tool == "send"
	some item in input.args.items
	item.price == 1
}
