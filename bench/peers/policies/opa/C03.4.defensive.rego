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
#             amount: {type: string}
#             items:
#               type: array
#               items:
#                 type: object
#                 properties:
#                   price: {type: integer}
package tools

import rego.v1

default allow := false

allow if {
	input.tool == "send"
	not deny
}

deny if {
	input.tool == "send"
	large
}

large if input.args.amount > 100
