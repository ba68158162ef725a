"""A session's log as the store keeps it: how one begins, and how its past is read.

No live session lives here, nothing that a node holds in memory for more than one call, and
nobody who asks: this room knows the store below it, and nothing above.

Law: a line is believed as far as the chain vouches for it; the rest is `Corrupt`, never guessed.
"""
