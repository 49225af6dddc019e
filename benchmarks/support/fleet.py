"""A database with one account and its trackers. A worker; it answers the trackers' ids to any question.

Usage: python -m benchmarks.support.fleet LOGIN PASSWORD TRACKERS
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.core.management import call_command

from benchmarks.support.dialogue import answer_questions


def create_fleet(login: str, password: str, trackers: str) -> list[int]:
    """The ids of the trackers, whose devices are `bench-1`, `bench-2`, …"""
    from accounts.models import User  # needs Django to be set up
    from trackers.services.bulk_registration import NewTracker, register_trackers

    call_command("migrate", verbosity=0)
    account = User.objects.create_user(login, password)
    newcomers = [NewTracker(device_id=f"bench-{n}", label=f"Van {n}") for n in range(1, int(trackers) + 1)]
    return [tracker.pk for tracker in register_trackers(account, newcomers)]


async def answer(**_question: Any) -> dict[str, Any]:
    return {"tracker_ids": await sync_to_async(create_fleet)(*sys.argv[1:])}


if __name__ == "__main__":
    django.setup()
    asyncio.run(answer_questions(answer))
