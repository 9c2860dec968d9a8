package tools

import rego.v1

default allow := true
