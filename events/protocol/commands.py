"""What clients ask: JSON to command (api §4.2, §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters, parse_json
from accounts.wire.terms import FLAG
from events.protocol.kind import EventRequest, Kind
from events.protocol.kinds import KINDS
from events.protocol.kinds.state import STATE
from events.protocol.numbering import Sequence, read_sequence
from events.protocol.options import LISTED_IDS, Common, read_choice


class Action(StrEnum):
    """Short name in a command; answers carry the full one."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"

    @property
    def full_name(self) -> str:
        return f"subscription/{self.value}"


# No documented command is deeper than 5; Python could read more than it can write into the echo of an error.
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Command:
    """A well-formed message from a client."""

    action: Action
    credential: object
    requests: tuple[EventRequest, ...]
    is_legacy: bool
    """Given with `events` and `trackers` instead of `requests`."""
    listed_ids: tuple[int, ...]
    """The legacy form's tracker ids as they came, repetitions too."""
    echo: Mapping[str, Any]
    """What an error about it repeats."""
    sequence: Sequence | None = None
    """Whether it asks for numbers on its events."""


class CommandError(Exception):
    """A message that is no command: what to answer."""

    def __init__(self, error: ApiError, action: str | None, echo: Mapping[str, Any]) -> None:
        super().__init__(error)
        self.error = error
        self.action = action
        self.echo = echo


def parse_command(text: str) -> Command:
    """The command in a message.

    Raises CommandError with code 5 for what is no JSON object, with code 7 for what is not as documented.
    """
    try:
        document = parse_json(text)
    except ApiError as error:
        raise CommandError(error, None, {}) from error
    if not isinstance(document, dict) or _is_deeper(document, MAX_DEPTH):
        raise CommandError(ApiError(ErrorCode.WRONG_FORMAT), None, {})
    action = None
    try:
        action = read_choice(Action, "action", document.get("action"))
        return _read_command(action, document)
    except ApiError as error:
        raise CommandError(error, action.full_name if action else None, echo_of(document)) from error


def echo_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What an error repeats of a message: not its hash (api point 42), and not its action."""
    return {name: value for name, value in document.items() if name not in ("hash", "action")}


def _is_deeper(document: Any, limit: int) -> bool:
    level = [document]
    for _ in range(limit):
        items = (item for part in level for item in (part.values() if isinstance(part, dict) else part))
        level = [item for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _read_command(action: Action, document: dict[str, Any]) -> Command:
    parameters = Parameters(document)
    sequence = read_sequence(document.get("sequence"))
    common: Common = {
        "iso": parameters.read("iso_datetime", FLAG, default=False),
        "is_numbered": sequence is not None,
        "tells_cause": parameters.read("logout_cause", FLAG, default=False),
    }
    credential = document.get("hash")
    if document.get("requests") is not None:
        requests = _read_requests(document["requests"], common)
        return Command(action, credential, requests, False, (), echo_of(document), sequence)
    if not isinstance(document.get("events"), list) or not document["events"]:
        raise invalid_parameter("events", "must be a list that is not empty")
    for event in document["events"]:
        if event != STATE.name:
            raise invalid_parameter("events", "may only hold state; the other types need the requests form")
    listed_ids = parameters.read("trackers", LISTED_IDS)
    options = STATE.options(**common)
    requests = (EventRequest(STATE, tuple(dict.fromkeys(listed_ids)), options),)
    return Command(action, credential, requests, True, listed_ids, echo_of(document), sequence)


def _read_requests(items: Any, common: Common) -> tuple[EventRequest, ...]:
    if not isinstance(items, list) or not items:
        raise invalid_parameter("requests", "must be a list that is not empty")
    requests = []
    for number, item in enumerate(items):
        name = f"requests[{number}]"
        if not isinstance(item, dict):
            raise invalid_parameter(name, "must be an object")
        kind = _read_kind(f"{name}.type", item.get("type"))
        requests.append(kind.read_request(name, item, common))
    if len({request.kind for request in requests}) < len(requests):
        raise invalid_parameter("requests", "must not repeat a type")
    return tuple(requests)


def _read_kind(name: str, value: Any) -> Kind:
    kind = KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise invalid_parameter(name, f"must be one of {', '.join(KINDS)}")
    return kind
