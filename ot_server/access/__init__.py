"""Who somebody is, and what they may do: passwords, tokens, callers, roles.

This room knows neither sockets nor HTTP.  Law: one table says what a role allows, and a token
says who somebody is, never what they may do.
"""
