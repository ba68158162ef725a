"""Live sessions: what a node holds in memory of those that somebody has open.

No past is read here (`log/`), nobody's identity is checked (`access/`), and nothing knows
sockets, HTTP or SQL.

Law: the actor of a session decides about its edits one batch at a time, and what a node shows
of a session is something that the store has committed.
"""
