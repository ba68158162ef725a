"""Who somebody is, and what they may do: passwords, tokens, callers, roles.

Neither sockets nor HTTP are known here.  The law: what a role allows stands in one table, and
a token says who somebody is, never what they may do.
"""
