"""Whose turn it is, what was missed, who is told.  Holds no fact that isn't in the store too."""
