"""Everything that is kept.  The store decides: what it hasn't committed has not happened."""
