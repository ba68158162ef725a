"""How a call of any resource is declared, served, described and refused.

No resource is known here, and no session or store, except that `services` names all parts of a
running server and that callers are rows.

The law: a call is declared once.  Requests are served by that declaration, and the OpenAPI
document is written from it.
"""
