"""A database with one account and its trackers. A worker; it answers the trackers' ids to any question.

Usage: python -m benchmarks.support.fleet LOGIN PASSWORD DEVICE_ID...
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.core.management import call_command

from benchmarks.support.dialogue import answer_questions


def create_fleet(login: str, password: str, *device_ids: str) -> list[int]:
    """The ids of the trackers, in the order of their devices."""
    from accounts.models import User  # needs Django to be set up
    from trackers.services import register_tracker

    call_command("migrate", verbosity=0)
    account = User.objects.create_user(login, password)
    return [register_tracker(account=account, device_id=device_id, label="Van").pk for device_id in device_ids]


async def answer(**_question: Any) -> dict[str, Any]:
    tracker_ids = await sync_to_async(create_fleet)(*sys.argv[1:])
    return {"tracker_id": tracker_ids[0], "tracker_ids": tracker_ids}


if __name__ == "__main__":
    django.setup()
    asyncio.run(answer_questions(answer))
