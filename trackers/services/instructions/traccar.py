"""Instructions to devices behind a Traccar server, by its HTTP API (records §13.5).

Where the server is the operator says, and nobody else; a redirect is no answer, as it would take the token elsewhere.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils import timezone

from accounts.wire.characters import escape
from accounts.wire.errors import first_line
from trackers.engine.instructions import Carrier, InstructionStatus
from trackers.models import Instruction
from trackers.rendering.instructions import traccar_command
from trackers.services.instructions.carrying import UNKNOWN_FATE, Carriage, claim_next, put_down

TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 65_536
MAX_SAID = 120
QUEUED = "the Traccar server has queued it, and may send it later than it expires"


class _Refused(Exception):
    """It surely was not sent; the text says why."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_open = build_opener(_NoRedirects).open


def send_next_by_traccar(now: datetime) -> bool:
    """Sends the next instruction that a Traccar server is to carry; whether there was any."""
    if not settings.TRACCAR_API_URL or (claimed := claim_next(Carrier.TRACCAR, now)) is None:
        return False
    put_down(claimed, _send(claimed), timezone.now())
    return True


def _send(claimed: Instruction) -> Carriage:
    try:
        command = traccar_command(_number_of(claimed.source.device_id), claimed.wanted)
        return _post(command)
    except _Refused as refusal:
        return Carriage(InstructionStatus.WAITING, str(refusal))


def _number_of(device_id: str) -> int:
    """The number by which the server knows a device. Raises _Refused."""
    try:
        _, body = _ask(Request(_address("devices", uniqueId=device_id)))
        found = [device for device in json.loads(body) if device["uniqueId"] == device_id]
        return int(found[0]["id"])
    except HTTPError as error:
        raise _Refused(_words(error)) from error
    except IndexError as error:
        raise _Refused("the Traccar server does not know the device") from error
    except (OSError, HTTPException, ValueError, TypeError, KeyError) as error:
        raise _Refused(f"the Traccar server does not answer: {first_line(error)}") from error


def _post(command: dict[str, Any]) -> Carriage:
    """Raises _Refused."""
    request = Request(_address("commands/send"), json.dumps(command).encode(), {"Content-Type": "application/json"})
    try:
        status, _ = _ask(request)
    except HTTPError as error:
        if error.code >= 500:
            return Carriage(InstructionStatus.FAILED, f"{UNKNOWN_FATE}: the Traccar server answered {error.code}")
        raise _Refused(_words(error)) from error
    except URLError as error:
        # Whatever else went wrong may have done so after the request was written.
        if isinstance(error.reason, ConnectionRefusedError):
            raise _Refused("the Traccar server cannot be reached") from error
        return Carriage(InstructionStatus.FAILED, UNKNOWN_FATE)
    except (OSError, HTTPException):
        return Carriage(InstructionStatus.FAILED, UNKNOWN_FATE)
    return Carriage(InstructionStatus.SENT, QUEUED if status == 202 else "")


def _address(path: str, **query: str) -> str:
    return f"{settings.TRACCAR_API_URL.rstrip('/')}/api/{path}" + (f"?{urlencode(query)}" if query else "")


def _ask(request: Request) -> tuple[int, bytes]:
    """Status and body of the answer, or as much of it as is read."""
    request.add_header("Authorization", f"Bearer {settings.TRACCAR_API_TOKEN}")
    request.add_header("Accept", "application/json")
    request.add_header("User-Agent", "Fleetsphere")
    until_s = time.monotonic() + TIMEOUT_S
    with _open(request, timeout=TIMEOUT_S) as answer:
        body = b""
        with suppress(OSError, HTTPException):
            while len(body) < MAX_ANSWER_BYTES and time.monotonic() < until_s and (piece := answer.read1(4096)):
                body += piece
        return answer.status, body


def _words(error: HTTPError) -> str:
    """What the server says to a request that it refuses."""
    with error:
        try:
            said = error.read1(MAX_SAID).decode(errors="replace")
        except (OSError, HTTPException):
            said = ""
    return f"the Traccar server answered {error.code}: {escape(said.partition(chr(10))[0])[:MAX_SAID]}"
