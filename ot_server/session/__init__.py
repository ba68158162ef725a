"""Live sessions: what a node holds in memory of sessions that somebody has open.

The past is read elsewhere (`log/`), identities are checked elsewhere (`access/`), and nothing
here knows sockets, HTTP or SQL.

Law: the actor of a session decides about its edits one batch at a time, and a node only shows
what the store has committed.
"""
