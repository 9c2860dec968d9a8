package tools

import rego.v1

allow if input.tool == "read"
