"""The ways in over HTTP: what a request brings, and what its sender is told (api §6). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec

from trackers.reports import ngp, osmand, traccar
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report, ReportError

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
MAX_FIELDS = 1000
# What a phone sends is short (api §6.2); the other ways in have the limit of the settings.
MAX_OSMAND_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told. Devices look at the status; people at the text."""

    status: HTTPStatus
    text: str = ""
    content_type: str = TEXT
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedRequest(Exception):
    """A request of which nothing can be stored."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """A request as it came."""

    method: str
    query: str
    """Still encoded."""
    content_type: str
    authorization: str
    body: bytes


Entry = Report | ReportError
Verdict = Outcome | ReportError


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request brought, in order, and how to answer once it is known what became of each report."""

    entries: Sequence[Entry]
    key: str | None
    """The ingest key that came along."""
    render: Callable[[Sequence[Verdict]], Answer]

    @property
    def reports(self) -> list[Report]:
        return [entry for entry in self.entries if isinstance(entry, Report)]

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """The answer, given what became of each of `reports`."""
        left = iter(outcomes)
        return self.render([next(left) if isinstance(entry, Report) else entry for entry in self.entries])


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring; more is refused as a whole."""

    bytes: int
    reports: int


def read_osmand(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """OsmAnd's query or form, or the JSON of newer Traccar Clients. Raises RefusedRequest."""
    _check(request, Limits(min(limits.bytes, MAX_OSMAND_BODY), limits.reports), "GET", "POST")
    fields = _fields(request.query)
    key = fields.pop("key", None)
    if request.body and request.content_type.startswith(JSON):
        statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND}
        return _read_one(lambda: osmand.parse_json(request.body), _key(request, key), statuses)
    if not fields:
        fields = _fields(request.body.decode("utf-8", "replace"))
        key = fields.pop("key", key)
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.BAD_REQUEST}
    return _read_one(lambda: osmand.parse_query(fields, now=now), _key(request, key), statuses)


def read_traccar(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A position or event that Traccar forwards. Raises RefusedRequest.

    Traccar repeats what is not answered with success, so success it is for what would be refused each time
    (api §6.3): a device that is not ours, and what is nothing for us.
    """
    _check(request, limits, "POST")
    key = _key(request, _fields(request.query).get("key"))
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.OK}
    try:
        report = traccar.parse_body(request.body)
    except ReportError as error:
        return Reading([error], key, partial(_answer_one, statuses))
    if report is None:
        return Reading([], key, lambda _: Answer(HTTPStatus.OK, "nothing to store\n"))
    return Reading([report], key, partial(_answer_one, statuses))


def read_ngp(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A message of the vendor's generic protocol, or several as a JSON array or as lines. Raises RefusedRequest."""
    _check(request, limits, "POST")
    key = _key(request, _fields(request.query).get("key"))
    try:
        messages = ngp.split_messages(request.body)
    except ReportError as error:
        raise RefusedRequest(Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")) from error
    if messages is None:
        statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.FORBIDDEN}
        return _read_one(lambda: ngp.parse_message(request.body), key, statuses)
    if len(messages) > limits.reports:
        raise RefusedRequest(_too_large(f"more than {limits.reports} reports"))
    return Reading([_parse(message) for message in messages], key, _answer_many)


Read = Callable[..., Reading]
WAYS_IN: Mapping[str, Read] = {"osmand": read_osmand, "traccar": read_traccar, "ngp": read_ngp}


def unavailable() -> Answer:
    """To whom nothing could be stored now: to come again."""
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "try again\n", headers={"Retry-After": "1"})


def failed() -> Answer:
    """To whom nothing could be stored because of a fault of ours."""
    return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected error\n")


def _check(request: IngestRequest, limits: Limits, *methods: str) -> None:
    if request.method not in methods:
        allowed = {"Allow": ", ".join(methods)}
        raise RefusedRequest(Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed))
    if len(request.body) > limits.bytes:
        raise RefusedRequest(_too_large(f"more than {limits.bytes} bytes"))


def _too_large(reason: str) -> Answer:
    return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{reason}\n")


def _fields(encoded: str) -> dict[str, str]:
    """The fields of a query or form; of one that comes several times the last."""
    if not encoded:
        return {}
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise RefusedRequest(Answer(HTTPStatus.BAD_REQUEST, f"more than {MAX_FIELDS} fields\n")) from error


def _key(request: IngestRequest, field: str | None) -> str | None:
    scheme, _, credential = request.authorization.partition(" ")
    return field or (credential.strip() if scheme.lower() == "bearer" else "") or None


def _read_one(parse: Callable[[], Report], key: str | None, statuses: Mapping[Outcome, HTTPStatus]) -> Reading:
    try:
        entry: Entry = parse()
    except ReportError as error:
        entry = error
    return Reading([entry], key, partial(_answer_one, statuses))


def _answer_one(statuses: Mapping[Outcome, HTTPStatus], verdicts: Sequence[Verdict]) -> Answer:
    match verdicts[0]:
        case Outcome.STORED:
            return Answer(HTTPStatus.OK)
        case ReportError() as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        case outcome:
            return Answer(statuses.get(outcome, HTTPStatus.FORBIDDEN), f"{outcome}\n")


def _parse(message: msgspec.Raw) -> Entry:
    try:
        return ngp.parse_message(message)
    except ReportError as error:
        return error


def _answer_many(verdicts: Sequence[Verdict]) -> Answer:
    refused = [
        {"index": index, "error": str(verdict)}
        for index, verdict in enumerate(verdicts)
        if verdict is not Outcome.STORED
    ]
    document = {"stored": len(verdicts) - len(refused), "refused": refused}
    return Answer(HTTPStatus.OK, msgspec.json.encode(document).decode(), JSON)
