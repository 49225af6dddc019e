"""Events over plain HTTP: which transport a request means, pushes, goodbyes and preflights (atmosphere §5, §6)."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings

from accounts.api.throttling import is_flooding
from accounts.wire.errors import invalid_parameter
from events.node import current_node
from events.protocol import messages
from events.protocol.connection import PollConnection, read_message
from events.protocol.parameters import ClientLine, Parameters
from events.transports import jsonp, long_polling, polling, sse, streaming
from events.transports._asgi import Receive, Send
from events.transports._caller import REFUSAL_DELAY_S
from events.transports._exchange import PLAIN_TEXT, Aborted, BodyTooLong, Exchange

CLOSE = "close"
AFTER_HANDSHAKE_S = 0.3
TOO_EARLY = messages.error(
    invalid_parameter("X-Atmosphere-tracking-id", "must be that of the handshake; push again"), None, {}
)
TRANSPORTS = {
    "sse": sse.serve,
    "streaming": streaming.serve,
    "long-polling": long_polling.serve,
    "jsonp": jsonp.serve,
    "polling": polling.serve,
}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "OPTIONS, GET, POST",
    "Access-Control-Allow-Headers": (
        "Origin, Content-Type, AuthToken, X-Atmosphere-Framework, X-Requested-With, X-Atmosphere-tracking-id, "
        "X-Heartbeat-Server, X-Atmosphere-Transport, X-Atmosphere-TrackMessageSize, X-atmo-protocol"
    ),
    # The Java server says -1, and a browser then asks before every single poll.
    "Access-Control-Max-Age": "600",
}


async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application for HTTP requests at `/event/subscription`."""
    exchange = Exchange(scope, receive, send)
    caller, parameters = exchange.caller, exchange.caller.parameters
    if not caller.is_of_allowed_origin:
        await _refuse(exchange, 403, "This origin is not allowed.")
    elif is_flooding(caller.address):
        await _refuse(exchange, 429, "Too many requests.", {"Retry-After": "1"})
    elif exchange.method == "OPTIONS":
        await exchange.answer(200, headers=PREFLIGHT_HEADERS)
    elif exchange.method not in ("GET", "POST"):
        await exchange.answer(405, headers={"Allow": PREFLIGHT_HEADERS["Access-Control-Allow-Methods"]})
    elif parameters.transport == CLOSE:
        await _say_goodbye(exchange)
    elif exchange.method == "POST":
        await _push(exchange)
    elif parameters.body:
        await _take(exchange, parameters.body)
    else:
        await _connect(exchange, parameters)


async def _connect(exchange: Exchange, parameters: Parameters) -> None:
    """A GET that wants to hear. What names no transport of HTTP is answered at once (atmosphere §5.6, point 9)."""
    if parameters.is_refused_over_http:
        await _refuse(exchange, 501, "Atmosphere Protocol version not supported.")
    elif not current_node().registry.has_room_for(exchange.caller.address):
        await _refuse(exchange, 503, "Too many connections.", {"Retry-After": "10"})
    elif parameters.transport in TRANSPORTS:
        await TRANSPORTS[parameters.transport](exchange)
    elif parameters.accepts_event_stream:
        # wAsync goes on naming the first transport of its list after it fell back (atmosphere §8).
        await sse.serve(exchange)
    elif not parameters.transport and not parameters.wants_protocol:
        # Java takes a request without any parameters for a poll (atmosphere §5.6).
        await long_polling.serve(exchange)
    else:
        # 3.0.0 asks for a handshake meanwhile, and goes on here with its id if it has one by now (atmosphere §6.3).
        await asyncio.sleep(AFTER_HANDSHAKE_S)
        await exchange.answer(200, headers={"Content-Type": PLAIN_TEXT})


async def _push(exchange: Exchange) -> None:
    try:
        body = await exchange.read_body(limit=settings.MAX_MESSAGE_BYTES)
    except BodyTooLong:
        await exchange.answer(413, headers={"X-Atmosphere-error": "The body is too long.", "Connection": "close"})
        return
    except Aborted:
        return
    await _take(exchange, body.decode(errors="replace"))


async def _take(exchange: Exchange, text: str) -> None:
    """Carries out what was pushed. The answer is empty: some clients take a body for a message (atmosphere §5.4)."""
    if exchange.caller.parameters.tracking_id is None:
        await _turn_back(exchange, text)
    elif await current_node().push(text, exchange.caller.identity):
        await exchange.answer(200)
    else:
        await exchange.answer(503, headers={"X-Atmosphere-error": "Too much waits for you.", "Retry-After": "1"})


async def _turn_back(exchange: Exchange, text: str) -> None:
    """Refuses what was sent before the client knew its id: nobody can tell whose it is (docs/decisions/0034).

    wAsync shows its application the body as a message, and nothing else of the answer.
    """
    if read_message(text) is None:
        await exchange.answer(200)
        return
    parameters = exchange.caller.parameters
    body = (
        exchange.caller.make_connection(PollConnection).body([TOO_EARLY]) if parameters.line is ClientLine.JVM else ""
    )
    headers = {"X-Atmosphere-error": "A push needs a tracking id.", "Content-Type": PLAIN_TEXT}
    await exchange.answer(409, body, headers)


async def _say_goodbye(exchange: Exchange) -> None:
    if exchange.caller.parameters.tracking_id is not None:
        await current_node().say_goodbye(exchange.caller.identity)
    await exchange.answer(200)


async def _refuse(exchange: Exchange, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
    await asyncio.sleep(REFUSAL_DELAY_S)
    await exchange.answer(status, headers={"X-Atmosphere-error": reason, **(headers or {})})
