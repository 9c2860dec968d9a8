package tools

import rego.v1

deny if input.tool == "delete"
