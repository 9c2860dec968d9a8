"""Decides as `dsl.interpret` does and tells the same, without reading every rule."""
