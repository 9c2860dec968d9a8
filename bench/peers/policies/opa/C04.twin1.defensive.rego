# METADATA
# scope: package
# schemas:
#   - input:
#       type: object
#       properties:
#         reply: {type: string}
package tools

import rego.v1

deny_reply if contains(input.reply, "x")
