"""Somebody who registers trackers in a process of his own, whose notices come from a publisher of their own. A worker.

Usage: python -m benchmarks.support.registering LOGIN
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from itertools import count as counting
from typing import Any

import django

from benchmarks.support.dialogue import answer_questions

_numbers = counting(1)


def register(login: str, count: int, per_s: float) -> None:
    """As a command does, without an event loop."""
    from accounts.models import User  # needs Django to be set up
    from trackers.services.trackers import register_tracker

    account = User.objects.get(login=login)
    for number in [next(_numbers) for _ in range(count)]:
        register_tracker(account=account, device_id=f"late-{number}", label=f"Late {number}")
        time.sleep(1 / per_s)


async def answer(count: int, per_s: float) -> dict[str, Any]:
    """Answers at once, and goes on registering."""
    threading.Thread(target=register, args=(sys.argv[1], count, per_s), daemon=True).start()
    return {}


if __name__ == "__main__":
    django.setup()
    asyncio.run(answer_questions(answer))
