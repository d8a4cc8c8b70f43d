"""Small pieces of wording that several pages share."""

from __future__ import annotations

import re

_ROMAN = re.compile(r"[IVX]+")


def section(cite: str) -> str:
    """Name a section as people read it: "III" as "Section III", "Appendix 1" as it is, "" as ""."""
    return f"Section {cite}" if _ROMAN.fullmatch(cite) else cite
