"""What devices say to commands (records §13.4)."""

from __future__ import annotations

import json

import pytest

from trackers.reports.acknowledgement import MAX_BYTES, Acknowledgement, parse_acknowledgement
from trackers.reports.report import ReportError


def parse(body: bytes, device_id: str = "van-7") -> Acknowledgement:
    return parse_acknowledgement(body, device_id, most_characters=10)


@pytest.mark.records(72)
@pytest.mark.parametrize(
    ("members", "answer"),
    [({}, ""), ({"answer": None}, ""), ({"answer": "größer\n"}, "größer\n"), ({"answer": "x" * 11}, "x" * 10)]
    + [({"answer": "\x00\u202e", "more": 1}, "\\x00\\u202e")],
)
def test_answers_are_kept_as_far_as_they_can_be_shown(members: dict[str, object], answer: str) -> None:
    body = json.dumps({"id": 7, "outcome": "failed", **members}).encode()
    assert parse(body) == Acknowledgement("van-7", 7, False, answer)


@pytest.mark.records(72)
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"id": true, "outcome": "done"}', b'{"id": 1, "outcome": 1}', b'{"id": 1}']
    + [b'{"id": 0, "outcome": "done"}', b'{"id": 9223372036854775808, "outcome": "done"}']
    + [b'{"id": 1, "outcome": "done", "answer": 5}', b'{"id": 1, "outcome": []}', b" " * (MAX_BYTES + 1)],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError):
        parse(body)


@pytest.mark.parametrize("device_id", ["", "two words", "x" * 65])
def test_answers_of_no_device_are_refused(device_id: str) -> None:
    with pytest.raises(ReportError):
        parse(b'{"id": 1, "outcome": "done"}', device_id)
