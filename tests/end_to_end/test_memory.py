"""What strangers leave behind: it is bounded in sum, however many they pretend to be."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection
from uuid import uuid4

from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PATIENCE_S
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_limits import MEGABYTE, reads_memory
from tests.end_to_end.test_slow_reader import resident_bytes
from tests.end_to_end.transports.wire import PATH

PUSHES = 400
# Each character of it takes six in JSON's ASCII.
WRONG = json.dumps({"action": "fly", "note": "é" * 480_000}, ensure_ascii=False).encode()
# What is parsed just now, and what the allocator keeps of it.
MOST_GROWTH_BYTES = 60 * MEGABYTE


def push_as_somebody_new(line: HTTPConnection, body: bytes) -> int:
    """A push to an id that nobody has; the status of its answer."""
    line.request("POST", PATH, body, {"X-Atmosphere-tracking-id": str(uuid4())})
    with line.getresponse() as response:
        response.read()
        return response.status


def push_many(server: Daphne, count: int) -> set[int]:
    """Pushes over one connection; the statuses that were answered."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        return {push_as_somebody_new(line, WRONG) for _ in range(count)}
    finally:
        line.close()


@reads_memory
def test_wrong_pushes_to_fresh_ids_fill_no_memory(serve: Start) -> None:
    server = serve(name="filled")
    push_many(server, 5)
    before = resident_bytes(server.pid)
    assert push_many(server, PUSHES) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    assert resident_bytes(server.pid) - before < MOST_GROWTH_BYTES
