package tools

import rego.v1
