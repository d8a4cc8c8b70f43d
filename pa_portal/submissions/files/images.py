"""How large a picture may be once it is opened."""

from __future__ import annotations

from pa_portal.submissions.files.unacceptable import DAMAGED, Unacceptable

# A telephone's largest photographs have 108 million.
MOST_PIXELS = 120_000_000


def check_dimensions(width: int, height: int) -> None:
    """Raise Unacceptable for a picture without area, or with more pixels than is safe to open."""
    if not width or not height:
        raise Unacceptable(DAMAGED)
    if width * height > MOST_PIXELS:
        raise Unacceptable("The picture has too many pixels. Scan or photograph the page at a lower resolution.")
