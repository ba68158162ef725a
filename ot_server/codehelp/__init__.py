"""Help with the code in a session: what is wrong with it, and what may come next."""
