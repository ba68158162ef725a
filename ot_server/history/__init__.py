"""What people do with a session's past: see who wrote what, and bring it back.

The past is read by `log/`, and nothing here commits: bringing something back is an edit, about
which a live session's actor decides.

Law: such an edit is one operation, committed as the participant's own.  It is made on the text
that was the newest when the call came, and transformed over what others commit meanwhile.  So
nothing that anybody types is lost.
"""
