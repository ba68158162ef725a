"""What people and sessions may be called, and what the assistant may be told.

The numbers are in ``limits.json``, which the page reads as well; all count code points.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated, Final

from msgspec import Meta

LIMITS: Final[dict[str, int]] = json.loads((files("ot_protocol") / "limits.json").read_bytes())

CONTROL_FREE: Final = r"^[^\x00-\x1f\x7f]+\Z"
USERNAME: Final = rf"[A-Za-z0-9_.-]{{{LIMITS['usernameLeast']},{LIMITS['username']}}}"
EMAIL: Final = r"[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+"
LONGEST_EMAIL: Final = LIMITS["email"]
LONGEST_TITLE: Final = LIMITS["title"]
LONGEST_PASSWORD: Final = LIMITS["password"]

Name = Annotated[str, Meta(max_length=LIMITS["name"], pattern=CONTROL_FREE)]
"""A participant's, without control characters."""
Title = Annotated[str, Meta(max_length=LONGEST_TITLE, pattern=CONTROL_FREE)]
"""A session's, without control characters."""
VersionName = Annotated[str, Meta(max_length=LIMITS["versionName"], pattern=CONTROL_FREE)]
"""A named revision's, without control characters."""
Language = Annotated[str, Meta(pattern=r"^[a-z0-9+#-]{1,32}\Z")]
"""A session's; the server accepts any, whether it knows it or not."""
Username = Annotated[str, Meta(pattern=rf"^{USERNAME}\Z")]
Email = Annotated[str, Meta(max_length=LONGEST_EMAIL, pattern=rf"^{EMAIL}\Z")]
UsernameOrEmail = Annotated[
    str, Meta(max_length=LONGEST_EMAIL, pattern=rf"^({USERNAME}|{EMAIL})\Z")
]
NewPassword = Annotated[str, Meta(min_length=LIMITS["passwordLeast"], max_length=LONGEST_PASSWORD)]
Instruction = Annotated[str, Meta(max_length=LIMITS["instruction"], pattern=r"^[^\x00]*\Z")]
"""What the assistant is told."""
