"""Commands to devices on their way: in order, in time, and no second time without a word (records §13.3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.trackers.instructions import give, make_commandable, seen, set_times
from trackers.engine.instructions import PAUSES, RETRY, Carrier, InstructionStatus
from trackers.models import Instruction, Tracker
from trackers.reports.acknowledgement import Acknowledgement
from trackers.services.instructions.carrying import CLAIM, Carriage, claim_next, put_down, settle
from trackers.services.instructions.giving import unconfirmed, withdraw
from trackers.services.instructions.upkeep import expire_instructions, forget_instructions
from trackers.services.trackers import corrupt_tracker, set_blocked, set_ingest_key

SENT = Carriage(InstructionStatus.SENT)
NOT_SENT = Carriage(InstructionStatus.WAITING, "nobody there")
NOBODY_KNOWS = Carriage(InstructionStatus.FAILED, "no answer")
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker], settings: Any) -> Tracker:
    settings.MQTT_COMMANDS = True
    return make_commandable(register(alice))


@pytest.fixture
def now() -> datetime:
    """A little later than all that is given in a test."""
    return timezone.now() + timedelta(seconds=30)


def claim(now: datetime, carrier: Carrier = Carrier.MQTT) -> Instruction:
    claimed = claim_next(carrier, now)
    assert claimed is not None
    return claimed


def send(now: datetime, carriage: Carriage = SENT) -> Instruction:
    claimed = claim(now)
    put_down(claimed, carriage, now)
    return claimed


def told(instruction: Instruction, *, is_done: bool = True, answer: str = "") -> Acknowledgement:
    return Acknowledgement(instruction.source.device_id, instruction.pk, is_done, answer)


@pytest.mark.records(67)
def test_commands_to_a_device_go_one_after_the_other(
    van: Tracker, register: Callable[..., Tracker], now: datetime
) -> None:
    first, second = give(van), give(van)
    elsewhere = give(make_commandable(register(van.account)))
    assert {claim(now).pk, claim(now).pk} == {first.pk, elsewhere.pk}
    assert claim_next(Carrier.MQTT, now) is None
    settle(told(first), None, now)
    assert claim(now).pk == second.pk


@pytest.mark.records(67)
def test_commands_are_for_their_carrier(van: Tracker, now: datetime) -> None:
    given = give(van)
    assert claim_next(Carrier.TRACCAR, now) is None
    assert claim(now).pk == given.pk


@pytest.mark.records(68)
def test_expired_commands_are_not_sent_and_hold_up_nothing(van: Tracker, now: datetime) -> None:
    late, next_one = give(van), give(van)
    set_times(late, expires_at=now)
    assert claim(now).pk == next_one.pk
    assert expire_instructions(now) == 1
    assert seen(late) == ("expired", 0)


@pytest.mark.records(68)
def test_commands_of_a_clock_that_was_ahead_expire(van: Tracker, now: datetime) -> None:
    given = give(van)
    set_times(given, created_at=now + timedelta(days=400), expires_at=now + timedelta(days=401))
    expire_instructions(now)
    assert seen(given) == ("expired", 0)


@pytest.mark.records(69)
def test_reliable_command_is_repeated_until_it_is_acknowledged(van: Tracker, now: datetime) -> None:
    given = give(van)
    send(now)
    assert seen(given) == ("sent", 1)
    for copies, pause in enumerate(PAUSES, start=2):
        assert claim_next(Carrier.MQTT, now + pause - A_MOMENT) is None
        now += pause
        assert send(now).copies == copies - 1
    assert seen(given) == ("sent", 4)
    assert claim_next(Carrier.MQTT, now + timedelta(hours=5)) is None
    settle(told(given, answer="ok"), None, now)
    assert seen(given) == ("done", 4)


@pytest.mark.records(69)
def test_command_that_nobody_acknowledges_expires_and_frees_the_next(van: Tracker, now: datetime) -> None:
    given, next_one = give(van), give(van)
    for pause in (timedelta(), *PAUSES):
        now += pause
        assert send(now).pk == given.pk
    assert claim(now).pk == next_one.pk
    set_times(given, expires_at=now)
    expire_instructions(now)
    found = Instruction.objects.get(pk=given.pk)
    assert (found.status, "the device did not say" in found.reason) == ("expired", True)


@pytest.mark.records(69)
def test_what_did_not_get_out_is_tried_again(van: Tracker, now: datetime) -> None:
    given = give(van)
    send(now, NOT_SENT)
    assert seen(given) == ("waiting", 0)
    assert claim_next(Carrier.MQTT, now + RETRY - A_MOMENT) is None
    assert claim(now + RETRY).copies == 0


@pytest.mark.records(70)
@pytest.mark.parametrize(
    ("carriage", "outcome"), [(SENT, ("sent", 1)), (NOT_SENT, ("failed", 0)), (NOBODY_KNOWS, ("failed", 0))]
)
def test_unreliable_command_goes_once(van: Tracker, now: datetime, carriage: Carriage, outcome: Any) -> None:
    given, next_one = give(van, is_reliable=False), give(van)
    send(now, carriage)
    assert seen(given) == outcome
    assert claim(now + timedelta(hours=1)).pk == next_one.pk


@pytest.mark.records(70)
def test_traccar_is_told_no_second_time_what_may_have_been_sent(van: Tracker, now: datetime) -> None:
    given = give(van)
    Instruction.objects.update(carrier=Carrier.TRACCAR)
    put_down(claim(now, Carrier.TRACCAR), NOT_SENT, now)
    assert seen(given) == ("waiting", 0)
    put_down(claim(now + RETRY, Carrier.TRACCAR), NOBODY_KNOWS, now)
    assert seen(given) == ("failed", 0)
    assert claim_next(Carrier.TRACCAR, now + timedelta(hours=1)) is None


@pytest.mark.records(71)
def test_claim_of_a_killed_process_runs_out(van: Tracker, now: datetime) -> None:
    given = give(van)
    claim(now)
    assert claim_next(Carrier.MQTT, now + CLAIM - A_MOMENT) is None
    again = claim(now + CLAIM)
    assert (again.pk, again.copies) == (given.pk, 1)


@pytest.mark.records(71)
@pytest.mark.parametrize(("carrier", "is_reliable"), [(Carrier.MQTT, False), (Carrier.TRACCAR, True)])
def test_lost_attempt_is_not_repeated_where_nobody_could_tell(
    van: Tracker, now: datetime, carrier: Carrier, is_reliable: bool
) -> None:
    given = give(van, is_reliable=is_reliable)
    Instruction.objects.update(carrier=carrier)
    claim(now, carrier)
    assert claim_next(carrier, now + CLAIM) is None
    found = Instruction.objects.get(pk=given.pk)
    assert (found.status, found.reason) == ("failed", "it is not known whether it was sent")


@pytest.mark.records(71)
def test_process_that_was_too_slow_changes_nothing(van: Tracker, now: datetime) -> None:
    given = give(van)
    slow = claim(now)
    claim(now + CLAIM)
    put_down(slow, SENT, now + CLAIM)
    assert seen(given) == ("waiting", 1)
    assert claim_next(Carrier.MQTT, now + CLAIM) is None


@pytest.mark.records(71)
def test_answer_that_is_quicker_than_the_note_stands(van: Tracker, now: datetime) -> None:
    given = give(van)
    claimed = claim(now)
    assert settle(told(given), None, now) is None
    put_down(claimed, SENT, now)
    found = Instruction.objects.get(pk=given.pk)
    assert (found.status, found.copies, found.sent_at) == ("done", 1, now)
    assert claim_next(Carrier.MQTT, now + timedelta(hours=1)) is None


@pytest.mark.records(71)
@pytest.mark.django_db(transaction=True)
def test_two_processes_claim_no_command_both(van: Tracker, now: datetime) -> None:
    give(van)

    def claim_in_own_connection(_: int) -> Instruction | None:
        try:
            return claim_next(Carrier.MQTT, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(claim_in_own_connection, range(4)))
    assert sum(claimed is not None for claimed in claims) == 1


@pytest.mark.records(72)
def test_device_answers_once_and_late_answers_count(van: Tracker, now: datetime) -> None:
    given = give(van)
    send(now)
    set_times(given, expires_at=now)
    expire_instructions(now)
    assert settle(told(given, is_done=False, answer="relay 2 is stuck"), None, now) is None
    assert settle(told(given, answer="ok"), None, now) is None
    found = Instruction.objects.get(pk=given.pk)
    assert (found.status, found.answer, found.reason) == ("failed", "relay 2 is stuck", "")


@pytest.mark.records(72)
def test_nobody_answers_for_another_device(van: Tracker, register: Callable[..., Tracker], now: datetime) -> None:
    other = make_commandable(register(van.account))
    unsent, sent = give(van), give(other)
    assert claim(now).pk == unsent.pk and send(now).pk == sent.pk
    set_times(unsent, claimed_until=None)
    Instruction.objects.filter(pk=unsent.pk).update(attempts=0)
    for number, device in ((unsent.pk, van), (sent.pk, van), (987_654, van)):
        answer = Acknowledgement(device.source.device_id, number, True)
        assert settle(answer, None, now) == "no such command was sent"
    assert settle(Acknowledgement("nobody", sent.pk, True), None, now) == "unknown device"
    assert seen(sent) == ("sent", 1)


@pytest.mark.records(72)
def test_answer_needs_the_key_that_reports_need(van: Tracker, now: datetime) -> None:
    key = set_ingest_key([van.source_id])
    given = give(van)
    send(now)
    assert settle(told(given), None, now) == "ingest key missing"
    assert settle(told(given), "0" * 32, now) == "wrong ingest key"
    assert settle(told(given), key, now) is None
    assert seen(given) == ("done", 1)


@pytest.mark.records(73)
def test_cancelled_command_is_not_sent_and_says_if_it_was(van: Tracker, now: datetime) -> None:
    first, second = give(van), give(van)
    claimed = claim(now)
    assert withdraw(unconfirmed(van)) == 2
    put_down(claimed, SENT, now)
    reasons = [Instruction.objects.get(pk=one.pk).reason for one in (first, second)]
    assert reasons == ["withdrawn after it was sent: the device may carry it out", "withdrawn"]
    assert claim_next(Carrier.MQTT, now + timedelta(hours=1)) is None
    settle(told(first), None, now)
    assert seen(first) == ("done", 1)


@pytest.mark.records(75)
@pytest.mark.parametrize("end", ["blocked", "moved", "removed"])
def test_what_waits_is_not_sent_to_what_is_not_the_accounts_any_more(
    van: Tracker, charlie: User, now: datetime, end: str
) -> None:
    given = give(van)
    match end:
        case "blocked":
            set_blocked(van.source_id, is_blocked=True)
        case "moved":
            Tracker.objects.filter(pk=van.pk).update(account=charlie)
        case _:
            corrupt_tracker(van)
    assert claim_next(Carrier.MQTT, now) is None
    assert seen(given) == ("cancelled", 0)


@pytest.mark.records(78)
def test_commands_are_kept_for_as_long_as_set(van: Tracker, now: datetime, settings: Any) -> None:
    settings.DEVICE_COMMAND_DAYS = 10
    over, old_but_open = give(van), give(van)
    set_times(over, finished_at=now)
    assert forget_instructions(now + timedelta(days=10)) == 0
    assert forget_instructions(now + timedelta(days=11)) == 1
    assert [one.pk for one in Instruction.objects.all()] == [old_but_open.pk]
