"""The fail-open suite on other policy engines: sections A to C, one adapter an engine."""
