"""The short way of a check, held against the ordinary route."""
