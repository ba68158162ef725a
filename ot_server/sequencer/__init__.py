"""Whose turn it is, what was missed, who must hear.  Never a fact that the store doesn't hold."""
