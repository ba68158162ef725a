"""The assistant: a language model that reads a session's text when it is asked to, and writes.

Text of a session is data to it, however it reads: it has no tools, and all that it says is
either shown as a proposal or committed like any participant's edit, by the same rules.
"""
