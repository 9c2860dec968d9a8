package tools

import rego.v1

allow send
