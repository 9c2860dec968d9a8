"""How conditions on one value widen, from itself to all that is like it: one file a sort."""
