"""Who may show the page in a frame, and whose scripts may ask the API: nobody unless it is set."""

from __future__ import annotations

import re
from dataclasses import dataclass

from velib_insights.core.errors import SettingsError

ANY = "*"
ORIGIN = (
    r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?"
)
"""An origin as it may stand in a policy: of https, or of this machine."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """`frames` and `scripts` are origins, as https://example.org; `*` alone is any."""

    frames: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    @property
    def frame_ancestors(self) -> str:
        """The value of that rule of the content security policy."""
        return " ".join(("'self'", *self.frames)) if self.frames else "'none'"

    def lets(self, origin: str) -> bool:
        """Whether scripts of that origin may read what is answered."""
        return ANY in self.scripts or origin.lower() in self.scripts


NOT_SHARED = Sharing()


def origins_in(text: str, where: str) -> tuple[str, ...]:
    """The origins of a setting, in lower case. Raises SettingsError, which says where the wrong one stands."""
    found = tuple(text.lower().split())
    for origin in found:
        if origin != ANY and not re.fullmatch(ORIGIN, origin):
            raise SettingsError(
                f"{where}: {origin[:200]!r} is no origin",
                hint="Write https://example.org without a path, several with spaces between, or * for any.",
            )
    return (ANY,) if ANY in found else found
