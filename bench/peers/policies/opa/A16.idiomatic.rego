package tools

import rego.v1

default decision := "allow"

decision := "ask" if input.declared.annotations.destructiveHint
