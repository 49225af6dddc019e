"""What a push says (alerts §6.6): little, as it goes by way of a stranger and lies on locked screens. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC

from accounts.wire.dates import format_date
from alerts.engine.notices import RaisedAlert

MAX_TITLE_LENGTH = 80
MAX_LINE_LENGTH = 160
MAX_LINES = 4
TOPIC_LENGTH = 32


def encode_push(newest_first: Sequence[RaisedAlert], count: int) -> bytes:
    """The text of a push about `count` alerts, of which the newest are given.

    Each character is at most four bytes, so that it fits into a record whatever it says.
    """
    newest = newest_first[0]
    is_one = count == 1
    said = [newest.message or newest.event] if is_one else [_line(alert) for alert in newest_first[:MAX_LINES]]
    document = {
        "title": _cut(newest.tracker_label if is_one else f"{count} alerts", MAX_TITLE_LENGTH),
        "body": "\n".join(_cut(line, MAX_LINE_LENGTH) for line in said),
        "tag": tag_of(newest_first, count),
        "id": newest.id,
        "time": format_date(newest.time, UTC, iso=True),
        "emergency": any(alert.is_emergency for alert in newest_first),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def tag_of(newest_first: Sequence[RaisedAlert], count: int) -> str:
    """What a later push takes the place of: one of the same rule and tracker, or the one that sums up."""
    newest = newest_first[0]
    return f"{newest.rule_id}-{newest.tracker_id}" if count == 1 else "several"


def topic_of(tag: str) -> str:
    """The tag as push services take it, which they need not understand."""
    return base64.urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()).decode()[:TOPIC_LENGTH]


def _line(alert: RaisedAlert) -> str:
    return f"{alert.tracker_label}: {alert.message or alert.event}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
