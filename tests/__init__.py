"""The tests of Drawbar."""
