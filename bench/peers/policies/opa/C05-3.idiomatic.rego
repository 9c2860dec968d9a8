package tools

import rego.v1

default decision := "ask"

decision := "allow" if input.tool == "read"
