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
#             x: {type: integer}
package tools

import rego.v1

deny if {
	input.tool == "send"
	input.result.x == 1
}
