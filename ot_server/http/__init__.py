"""The REST interface, on three floors: `framework`, above it `edge`, above both the resources.

A resource is one module: its Structs, its problems and its calls.  What a command without a
network needs as well is not here but below: limits of names in `ot_protocol`, rules in `access`.

The law: no floor imports a higher one, except that `framework` knows the limits of `edge`; and a
caller is let in before anything else is read.
"""
