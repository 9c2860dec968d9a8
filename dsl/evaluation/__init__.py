"""What values, conditions and rules come to; `dsl.interpret` joins them to a verdict."""
