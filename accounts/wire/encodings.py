"""What a client can read of how an answer may be packed."""

from __future__ import annotations

import re

_GZIP = ("gzip", "x-gzip")
_REFUSAL = re.compile(r"q\s*=\s*0+(\.0*)?")


def takes_gzip(accepted: str) -> bool:
    """Whether who sends this `Accept-Encoding` can read gzip (RFC 9110, 12.5.3); not unless it says so.

    `*` stands for what is not named. A weight says no if it is 0, and yes otherwise, whatever it is.
    """
    told = dict(_read(one) for one in accepted.lower().split(","))
    named = [told[name] for name in _GZIP if name in told]
    return any(named) if named else told.get("*", False)


def _read(one: str) -> tuple[str, bool]:
    name, *parameters = (part.strip() for part in one.split(";"))
    return name, not any(map(_REFUSAL.fullmatch, parameters))
