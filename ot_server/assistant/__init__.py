"""The assistant: a language model that reads a session's text when it is asked to, and writes.

The REST interface is not known here.  The law: text of a session is data to the model, never an
instruction.  It has no tools, and all that it says is either shown as a proposal, or committed
like an edit of any participant, by the same rules.
"""
