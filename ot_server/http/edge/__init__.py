"""What stands between the network and all calls, and what is served beside them.

What a connection and a caller may cost, which sites may ask, what browsers are told, the built
pages, and what a machine asks about the server's health.  No resource is known here.

The law: what comes from outside is bounded before it is understood, and quoted in no log.
"""
