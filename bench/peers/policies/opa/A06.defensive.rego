# METADATA
# scope: package
# schemas:
#   - input:
#       type: object
#       properties:
#         tool: {type: string}
#         args:
#           type: object
#           properties:
#             recipient: {type: string}
package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	input.args.recipent in ["a"]
}
