"""The points that any server of the protocol can be asked about; their numbers are those of atmosphere §10."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from atmosphere_conformance.wire import CLOSE, TEXT, Address, Answer, Refused, WebSocket, ask

LEGACY = "3.1.3-javascript"
VERSIONS = ("2.3.8-javascript", LEGACY, "4.0.1", "5.0.7", "2.3.0")
HANDSHAKE = re.compile(r"(?P<id>[A-Za-z0-9_-]{1,128})\|(?P<ms>\d+)\|(?P<padding>[^|\s](?:[^|]*[^|\s])?)\|")
# More than a frame takes to come on one machine, and on many networks.
QUIET_S = 1.0
CALLBACK = "atmosphere1"


class Failed(Exception):
    """A point does not hold; the text says what came instead."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The server that is asked."""

    address: Address
    timeout_s: float
    silence_s: float
    """How long to wait for a heartbeat; 0: not at all."""
    push: str
    """A message to which the server answers its sender; empty: none is known."""

    def socket(self, headers: dict[str, str] | None = None, **parameters: str) -> WebSocket:
        query = urlencode(parameters_of("websocket", **parameters)) if headers is None else ""
        return WebSocket(self.address, query, headers or {}, self.timeout_s)

    def get(self, transport: str, *, enough: str | None = "|", timeout_s: float = 0, **parameters: str) -> Answer:
        query = parameters_of(transport, **parameters)
        return ask(self.address, query, timeout_s=timeout_s or self.timeout_s, enough=enough)


def parameters_of(transport: str, **others: str) -> dict[str, str]:
    """What a browser's client sends first; `others` with `_` for `-` in their names, empty ones left out."""
    parameters = {
        "X-Atmosphere-tracking-id": "0",
        "X-Atmosphere-Framework": LEGACY,
        "X-Atmosphere-Transport": transport,
        "X-atmo-protocol": "true",
    } | {name.replace("_", "-"): value for name, value in others.items()}
    return {name: value for name, value in parameters.items() if value}


@dataclass(frozen=True, slots=True)
class Point:
    """A question; `ask` returns a word on how it holds, None where it cannot be asked, and raises Failed."""

    numbers: tuple[int, ...]
    name: str
    ask: Callable[[Subject], str | None]


POINTS: list[Point] = []


def point(*numbers: int, name: str) -> Callable[[Callable[[Subject], str | None]], Callable[[Subject], str | None]]:
    def note(ask_it: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
        POINTS.append(Point(numbers, name, ask_it))
        return ask_it

    return note


def read_handshake(text: str) -> re.Match[str]:
    """Raises Failed for what is no handshake, or more than one."""
    found = HANDSHAKE.fullmatch(text)
    if found is None:
        raise Failed(f"no handshake: {text[:120]!r}")
    return found


def first_text(socket: WebSocket) -> str:
    frame = socket.read()
    if frame is None:
        raise Failed("nothing came")
    if frame.kind != TEXT:
        raise Failed(f"the first frame is of kind {frame.kind}, not text")
    return frame.payload.decode()


def expect_silence(socket: WebSocket) -> None:
    frame = socket.read(QUIET_S)
    if frame is not None:
        raise Failed(f"a frame came: {frame.payload[:120]!r}")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def unsized(text: str) -> str:
    """The one message in what comes with sizes. Raises Failed for another length than it says."""
    length, bar, message = text.partition("|")
    if not bar or not length.isdigit() or int(length) != units(message):
        raise Failed(f"no length before the message, or a wrong one: {text[:120]!r}")
    return message


@point(11, 12, 13, 14, 18, 20, name="websocket: the first frame is the handshake, as text, and nothing else")
def _websocket_handshake(subject: Subject) -> str | None:
    with subject.socket() as socket:
        return read_handshake(first_text(socket))[0]


@point(12, 30, name="websocket: with message sizes the handshake has its length before it")
def _sized_handshake(subject: Subject) -> str | None:
    with subject.socket(X_Atmosphere_TrackMessageSize="true") as socket:
        return read_handshake(unsized(first_text(socket)))[0]


@point(16, name="websocket: no handshake for who does not ask by X-atmo-protocol")
def _unasked(subject: Subject) -> str | None:
    with subject.socket(X_atmo_protocol="") as socket:
        expect_silence(socket)
    return ""


@point(5, name="each new client gets an id of its own")
def _ids(subject: Subject) -> str | None:
    ids = set()
    for _ in range(3):
        with subject.socket() as socket:
            ids.add(read_handshake(first_text(socket))["id"])
    if len(ids) < 3:
        raise Failed(f"ids came twice: {ids}")
    return ""


@point(7, name="websocket: all versions in the field get a handshake")
def _versions(subject: Subject) -> str | None:
    for version in VERSIONS:
        try:
            with subject.socket(X_Atmosphere_Framework=version) as socket:
                read_handshake(first_text(socket))
        except (Refused, Failed) as failure:
            raise Failed(f"{version}: {failure}") from None
    return ""


@point(8, name="a version below 2.2.1 is refused with 501 over HTTP")
def _outdated(subject: Subject) -> str | None:
    answer = subject.get("long-polling", X_Atmosphere_Framework="2.2.0")
    if answer.status != 501:
        raise Failed(f"status {answer.status}")
    return ""


@point(1, name="parameters are found in headers too, under names in any case")
def _headers(subject: Subject) -> str | None:
    headers = {name.upper(): value for name, value in parameters_of("websocket").items()}
    with subject.socket(headers) as socket:
        read_handshake(first_text(socket))
    return ""


@point(3, 4, name="unknown pairs and a raw Content-Type in the query do no harm")
def _unknown(subject: Subject) -> str | None:
    query = urlencode(parameters_of("websocket", X_Atmosphere_Whatever="1"))
    query += "&Content-Type=application/json; charset=UTF-8".replace(" ", "%20")
    with WebSocket(subject.address, query, {}, subject.timeout_s) as socket:
        read_handshake(first_text(socket))
    return ""


@point(24, name="a client's heartbeat is not answered")
def _client_heartbeat(subject: Subject) -> str | None:
    with subject.socket() as socket:
        padding = read_handshake(first_text(socket))["padding"]
        socket.send(padding.encode())
        expect_silence(socket)
    return ""


@point(21, 22, 23, name="silence is broken by the padding text, by itself and as data")
def _server_heartbeat(subject: Subject) -> str | None:
    if not subject.silence_s:
        return None
    with subject.socket() as socket:
        padding = read_handshake(first_text(socket))["padding"]
        frame = socket.read(subject.silence_s)
        if frame is None:
            raise Failed(f"nothing came for {subject.silence_s:g} s")
        if frame.kind != TEXT or frame.payload.decode() != padding:
            raise Failed(f"{frame.payload[:120]!r} came")
    return ""


@point(19, name="long-polling: the first answer is the handshake, and ends")
def _long_polling(subject: Subject) -> str | None:
    answer = subject.get("long-polling", enough=None)
    if answer.status != 200 or not answer.has_ended:
        raise Failed(f"status {answer.status}, {'ended' if answer.has_ended else 'not ended'}: {answer.body[:120]!r}")
    read_handshake(answer.body.strip())
    return ""


@point(2, name="transport names are found in any case, with _ for -")
def _transport_names(subject: Subject) -> str | None:
    answer = subject.get("LONG_POLLING", enough=None)
    if not answer.has_ended:
        raise Failed("the first answer does not end")
    read_handshake(answer.body.strip())
    return ""


@point(19, name="JSONP: the first answer is a script that calls the function with the handshake")
def _jsonp(subject: Subject) -> str | None:
    answer = subject.get("jsonp", enough=None, jsonpTransport=CALLBACK)
    called = re.fullmatch(rf"\s*{CALLBACK}\((.*)\);?\s*", answer.body, re.DOTALL)
    if called is None:
        raise Failed(f"no call: {answer.body[:120]!r}")
    read_handshake(json.loads(called[1])["message"].strip())
    return ""


@point(13, 41, name="SSE: text/event-stream, and the handshake is the first event")
def _sse(subject: Subject) -> str | None:
    answer = subject.get("sse", enough="X|")
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/event-stream"):
        raise Failed(f"content type {kind!r}")
    fields = [line for line in answer.body.splitlines() if line.startswith("data:")]
    read_handshake(fields[0].removeprefix("data:").strip() if fields else "")
    return ""


@point(13, 34, name="streaming: whitespace for legacy browsers, then the handshake, and it goes on")
def _streaming(subject: Subject) -> str | None:
    answer = subject.get("streaming", enough="X|")
    if answer.has_ended:
        raise Failed("it ended")
    read_handshake(answer.body.strip())
    if not answer.body[:1].isspace():
        raise Failed("no whitespace before the handshake")
    return ""


@point(9, name="a GET that says polling is answered soon, with 200 and nothing")
def _polling(subject: Subject) -> str | None:
    answer = subject.get("polling", enough=None, X_atmo_protocol="", X_Atmosphere_tracking_id="conformance-1")
    if answer.status != 200 or not answer.has_ended or answer.body.strip():
        raise Failed(f"status {answer.status}: {answer.body[:120]!r}")
    return ""


@point(10, name="OPTIONS is answered, and opens nothing")
def _options(subject: Subject) -> str | None:
    answer = ask(subject.address, parameters_of("long-polling"), method="OPTIONS", timeout_s=subject.timeout_s)
    if not 200 <= answer.status < 300 or not answer.has_ended or "|" in answer.body:
        raise Failed(f"status {answer.status}: {answer.body[:120]!r}")
    return ""


@point(29, 30, 31, name="what is pushed on a websocket with sizes is answered with its length in UTF-16 units")
def _sized_answer(subject: Subject) -> str | None:
    if not subject.push:
        return None
    with subject.socket(X_Atmosphere_TrackMessageSize="true") as socket:
        first_text(socket)
        socket.send(subject.push.encode())
        return unsized(first_text(socket))[:60]


@point(30, 32, name="without sizes no length comes before an answer")
def _plain_answer(subject: Subject) -> str | None:
    if not subject.push:
        return None
    with subject.socket() as socket:
        first_text(socket)
        socket.send(subject.push.encode())
        text = first_text(socket)
        if re.match(r"\d+\|", text):
            raise Failed(f"{text[:60]!r}")
    return ""


@point(45, name="a client's close frame is answered by one")
def _close(subject: Subject) -> str | None:
    with subject.socket() as socket:
        first_text(socket)
        socket.send(b"\x03\xe8", CLOSE)
        frame = socket.read()
        if frame is None or frame.kind != CLOSE:
            raise Failed("none came" if frame is None else f"{frame.payload[:60]!r} came")
    return ""
