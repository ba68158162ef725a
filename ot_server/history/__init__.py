"""What people ask of a session's past: who wrote what, and to bring it back.

How the past is read is in `log/`, and nothing here commits: what is brought back is an edit
that a live session's actor decides about.

Law: it is one operation, committed as the participant's own, made on the text that was the
newest when the call came and moved over what others commit meanwhile.  So nothing that
anybody types is lost to it.
"""
