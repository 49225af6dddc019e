"""What is posted to a webhook: bytes that can be signed, and how they are (alerts §6.4). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

MAX_BODY_BYTES = 16 * 1024
SECRET_PREFIX = "whsec_"


def encode_post(kind: str, /, **parts: Any) -> str:
    """The document of a post of that type, as it is stored until it is taken."""
    return json.dumps({"type": kind, **parts}, ensure_ascii=False, separators=(",", ":"))


def encode_alert(entry: Mapping[str, Any], rule: Mapping[str, Any], tracker: Mapping[str, Any]) -> str:
    """The post of an alert: its entry, with dates at UTC, the rule that made it and whom it concerns.

    What makes it longer than a receiver has to take is the whole of a long message, which is then left out.
    """
    body = encode_post("history", data=entry, rule=rule, tracker=tracker)
    if len(body.encode()) <= MAX_BODY_BYTES:
        return body
    extra = {name: entry["extra"][name] for name in ("tracker_label", "emergency") if name in entry["extra"]}
    return encode_post("history", data={**entry, "extra": extra}, rule=rule, tracker=tracker)


def encode_secret(key: bytes) -> str:
    """The secret as its owner is shown it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def headers_of_post(message_id: str, timestamp: int, body: bytes, key: bytes) -> dict[str, str]:
    """The headers by which a receiver tells that a post is ours, new, and not here twice (Standard Webhooks 1).

    `timestamp`: of this attempt, in seconds since the epoch.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
