"""The worker's side of the conversation: questions on stdin, answers on stdout, one JSON document a line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

# A question may hold a command with the ids of a large fleet.
MAX_LINE = 1024 * 1024

Answer = Callable[..., Awaitable[dict[str, Any]]]


async def answer_questions(answer: Answer) -> None:
    """Answers until stdin ends."""
    reader = asyncio.StreamReader(limit=MAX_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await answer(**json.loads(line))), flush=True)
