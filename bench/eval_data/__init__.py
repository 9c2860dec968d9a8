"""Gathers the public data sets that tests and benches find through DRAWBAR_EVAL_DATA."""
