"""Commands to devices in the admin: seen, cancelled, and never changed or removed (records §13.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import User
from tests.admin import Admin
from tests.trackers.instructions import give, make_commandable, seen
from trackers.models import Instruction, Tracker


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker], settings: Any) -> Tracker:
    settings.MQTT_COMMANDS = True
    return make_commandable(register(alice))


@pytest.mark.records(78)
def test_commands_are_seen_and_stay(staff: Admin, van: Tracker, alice: User) -> None:
    given = give(van, "reboot\u202e")
    for address, status in staff.open_everything(Instruction):
        assert status == (403 if address == "delete" else 200), address
    page = staff.open("trackers_instruction_changelist").content.decode()
    assert alice.login in page and "reboot\\u202e" in page
    staff.send("trackers_instruction_change", given.pk, status="done")
    assert seen(given) == ("waiting", 0)


@pytest.mark.records(73)
def test_staff_cancels_what_has_no_outcome(staff: Admin, van: Tracker) -> None:
    waiting, over = give(van), give(van)
    Instruction.objects.filter(pk=over.pk).update(status="done", finished_at=timezone.now())
    staff.act("trackers_instruction", "cancel", waiting, over)
    assert [seen(one)[0] for one in (waiting, over)] == ["cancelled", "done"]
    assert LogEntry.objects.get().object_id == str(waiting.pk)
