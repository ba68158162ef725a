"""A session's log as the store keeps it: how a new one begins, and how its past is read.

Live sessions use `slices` too, which divides long work.

This room holds nothing in memory for longer than one call.  It knows the store below it, and
nothing above: no live sessions and no callers.

Law: a line is believed only if it matches the chain; anything else is `Corrupt`, never guessed.
"""
