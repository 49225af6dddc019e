"""Fields of a query are those that Python's own reading finds."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from trackers.reports.requests import _fields


@given(st.text(alphabet="ab=&%+2Fé;0\x00 ", max_size=40))
def test_fields_are_those_of_the_standard_library(encoded: str) -> None:
    assert _fields(encoded) == dict(parse_qsl(encoded, keep_blank_values=True, errors="replace"))
