"""What clients ask: JSON to command (api §4.2, §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters, check_text, parse_json
from events.protocol.rates import DEFAULT_RATE, parse_rate
from trackers.rendering.states import StateFormat


class Action(StrEnum):
    """Short name in a command; answers carry the full one."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"

    @property
    def full_name(self) -> str:
        return f"subscription/{self.value}"


class EventType(StrEnum):
    """What can be subscribed to."""

    STATE = "state"
    STATE_BATCH = "state_batch"
    READINGS_BATCH = "readings_batch"
    IOT_MONITOR = "iot_monitor"


Choice = TypeVar("Choice", bound=StrEnum)

MAX_MONITORED_TRACKERS = 10
MAX_RATE_CHARACTERS = 64
MAX_SENSOR_TYPE_CHARACTERS = 64
# No documented command is deeper than 5; Python could read more than it can write into the echo of an error.
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class EventRequest:
    """One subscription that a command asks for, or gives up."""

    type: EventType
    tracker_ids: tuple[int, ...] | None
    """Without repetitions, in the order given; None: all that the credential may see."""
    form: StateFormat = StateFormat.FULL
    rate: timedelta = DEFAULT_RATE
    """The least time between two batches."""
    sensor_type: str | None = None
    """Readings of sensors of this type only; None: all readings."""
    include_components: bool = True
    """Readings of sensors that others sum up too."""


@dataclass(frozen=True, slots=True)
class Command:
    """A well-formed message from a client."""

    action: Action
    credential: object
    requests: tuple[EventRequest, ...]
    iso: bool
    is_legacy: bool
    """Given with `events` and `trackers` instead of `requests`."""
    listed_ids: tuple[int, ...]
    """The legacy form's tracker ids as they came, repetitions too."""
    echo: Mapping[str, Any]
    """What an error about it repeats."""


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
        action = _choice(Action, "action", document.get("action"))
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
    iso = parameters.boolean("iso_datetime", False)
    credential = document.get("hash")
    if document.get("requests") is not None:
        requests = _read_requests(document["requests"])
        return Command(action, credential, requests, iso, is_legacy=False, listed_ids=(), echo=echo_of(document))
    if not isinstance(document.get("events"), list) or not document["events"]:
        raise invalid_parameter("events", "must be a list that is not empty")
    for event in document["events"]:
        if event != EventType.STATE:
            raise invalid_parameter("events", "may only hold state; the other types need the requests form")
    listed_ids = _read_ids(parameters, "trackers")
    requests = (EventRequest(EventType.STATE, _unique(listed_ids)),)
    return Command(action, credential, requests, iso, is_legacy=True, listed_ids=listed_ids, echo=echo_of(document))


def _read_requests(items: Any) -> tuple[EventRequest, ...]:
    if not isinstance(items, list) or not items:
        raise invalid_parameter("requests", "must be a list that is not empty")
    requests = []
    for number, item in enumerate(items):
        name = f"requests[{number}]"
        if not isinstance(item, dict):
            raise invalid_parameter(name, "must be an object")
        requests.append(_read_request(name, item))
    if len({request.type for request in requests}) < len(requests):
        raise invalid_parameter("requests", "must not repeat a type")
    return tuple(requests)


def _read_request(name: str, item: dict[str, Any]) -> EventRequest:
    event_type = _choice(EventType, f"{name}.type", item.get("type"))
    form = StateFormat.FULL
    if item.get("format") is not None:
        form = _choice(StateFormat, f"{name}.format", item["format"])
    if event_type is EventType.STATE:
        return EventRequest(event_type, _unique(_read_ids(Parameters(item), "trackers", name)), form)
    tracker_ids = _read_target(f"{name}.target", item.get("target"))
    rate = _read_rate(f"{name}.rate_limit", item.get("rate_limit"))
    if event_type is not EventType.READINGS_BATCH:
        return EventRequest(event_type, tracker_ids, form, rate)
    sensor_type = item.get("sensor_type")
    if sensor_type is not None:
        sensor_type = check_text(f"{name}.sensor_type", sensor_type, max_length=MAX_SENSOR_TYPE_CHARACTERS)
    include_components = _read_flag(name, item, "include_components")
    return EventRequest(event_type, tracker_ids, form, rate, sensor_type, include_components)


def _read_flag(prefix: str, item: dict[str, Any], field: str) -> bool:
    try:
        return Parameters(item).boolean(field, True)
    except ApiError as error:
        raise invalid_parameter(f"{prefix}.{field}", error.errors[0].error) from error


def _read_rate(name: str, value: Any) -> timedelta:
    if value is None:
        return DEFAULT_RATE
    try:
        return parse_rate(check_text(name, value, max_length=MAX_RATE_CHARACTERS))
    except ValueError as error:
        raise invalid_parameter(name, "must be a span of time as 500ms, 5s, 2m or 1h") from error


def _read_target(name: str, target: Any) -> tuple[int, ...] | None:
    if not isinstance(target, dict):
        raise invalid_parameter(name, "must be an object")
    if target.get("type") == "all":
        return None
    if target.get("type") != "selected":
        raise invalid_parameter(f"{name}.type", "must be all or selected")
    return _unique(_read_ids(Parameters(target), "tracker_ids", name))


def _read_ids(parameters: Parameters, field: str, prefix: str = "") -> tuple[int, ...]:
    try:
        ids = parameters.integers(field)
    except ApiError as error:
        name = f"{prefix}.{field}" if prefix else field
        raise invalid_parameter(name, error.errors[0].error) from error
    return ids


def _unique(ids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))


def _choice(choices: type[Choice], name: str, value: Any) -> Choice:
    try:
        return choices(value)
    except ValueError as error:
        raise invalid_parameter(name, f"must be one of {', '.join(choices)}") from error
