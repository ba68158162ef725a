"""What people and sessions may be called: the limits that server and clients share."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

CONTROL_FREE: Final = r"^[^\x00-\x1f\x7f]+\Z"
USERNAME: Final = r"[A-Za-z0-9_.-]{3,32}"
EMAIL: Final = r"[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+"
LONGEST_EMAIL: Final = 254
LONGEST_TITLE: Final = 200
LONGEST_PASSWORD: Final = 128

Name = Annotated[str, Meta(max_length=64, pattern=CONTROL_FREE)]
"""A participant's: 1 to 64 code points, none of them a control character."""
Title = Annotated[str, Meta(max_length=LONGEST_TITLE, pattern=CONTROL_FREE)]
"""A session's: 1 to 200 code points, none of them a control character."""
VersionName = Annotated[str, Meta(max_length=100, pattern=CONTROL_FREE)]
"""A named revision's: 1 to 100 code points, none of them a control character."""
Language = Annotated[str, Meta(pattern=r"^[a-z0-9+#-]{1,32}\Z")]
"""A session's; the server accepts any, whether it knows it or not."""
Username = Annotated[str, Meta(pattern=rf"^{USERNAME}\Z")]
Email = Annotated[str, Meta(max_length=LONGEST_EMAIL, pattern=rf"^{EMAIL}\Z")]
UsernameOrEmail = Annotated[
    str, Meta(max_length=LONGEST_EMAIL, pattern=rf"^({USERNAME}|{EMAIL})\Z")
]
NewPassword = Annotated[str, Meta(min_length=12, max_length=LONGEST_PASSWORD)]
