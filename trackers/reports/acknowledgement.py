"""What a device says to an instruction, over MQTT (records §13.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.wire.characters import escape
from trackers.reports.documents import decode_loosely
from trackers.reports.report import ReportError
from trackers.reports.values import read_device_id

TOPIC = "outcomes"
MAX_BYTES = 16 * 1024
_OUTCOMES = {"done": True, "failed": False}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An instruction that a device is done with, one way or the other."""

    device_id: str
    number: int
    is_done: bool
    answer: str = ""


def parse_acknowledgement(body: bytes, device_id: str, *, most_characters: int) -> Acknowledgement:
    """The acknowledgement in a message. A longer answer is cut, and what cannot be seen in it escaped.

    Raises ReportError.
    """
    if len(body) > MAX_BYTES:
        raise ReportError("body", f"is longer than {MAX_BYTES} bytes")
    message = decode_loosely(body)
    if not isinstance(message, dict):
        raise ReportError("body", "must be an object")
    number, outcome, answer = message.get("id"), message.get("outcome"), message.get("answer")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise ReportError("id", "must be that of a command")
    if not isinstance(outcome, str) or outcome not in _OUTCOMES:
        raise ReportError("outcome", "must be done or failed")
    if answer is not None and not isinstance(answer, str):
        raise ReportError("answer", "must be a text")
    said = escape((answer or "")[:most_characters], keep="\n\t")[:most_characters]
    return Acknowledgement(read_device_id(device_id, "topic"), number, _OUTCOMES[outcome], said)
