"""What is kept for good.  The store decides: what it hasn't committed has not happened."""
