"""Help with the code in a session: its diagnostics, and completion.

Here is what knows jedi and ruff, and the processes that they run in.  Sessions are not known.
The law: a text may have been written to do harm, so what looks at it runs in another process,
with bounds of time, of memory and of output.
"""
