package tools

import rego.v1

deny_reply if contains(input.reply, "x")
