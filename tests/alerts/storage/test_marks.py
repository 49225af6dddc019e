"""What a process keeps of a source is never older than what is stored, whoever changes it and however."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.selectors import Principal, principal_for_hash
from accounts.services.sessions import create_session
from accounts.services.users import remove_user, save_user
from alerts.geometry.drawings import Drawing, ZoneShape
from alerts.geometry.places import Place
from alerts.models import AlertRule, RuleMemory, Zone
from alerts.services.judging import judge_time
from alerts.services.rules import (
    RuleDraft,
    bind_trackers,
    change_rule,
    create_rule,
    remove_rules,
    suspend_rules,
    unbind_trackers,
)
from alerts.services.zones import change_zone, create_zones
from alerts.storage.bindings import KeptBindings, Watched, bindings_of
from alerts.storage.marks import take_down_triggers
from tests.alerts.driving import DEPOT, INSIDE, OUTSIDE, RADIUS_M, report, send
from trackers.models import SourceState, Tracker
from trackers.services.access import move_tracker
from trackers.services.ingestion import pass_time_for_due
from trackers.services.trackers import remove_tracker

NOW = datetime(2025, 3, 4, 12, tzinfo=UTC)
KINDS = ("inoutzone", "speedup", "excessive_parking", "sos", "offline")


class Fleet:
    """Alice's two vehicles with a rule of each kind about her depot, and what is done to them."""

    def __init__(self, alice: User, charlie: User, vans: list[Tracker]) -> None:
        self.alice, self.charlie, self.vans = alice, charlie, vans
        self.sources = [van.source_id for van in vans]
        self.seconds = 0
        caller = principal_for_hash(create_session(alice))
        assert isinstance(caller, Principal)
        self.caller = caller
        depot = Drawing(ZoneShape.CIRCLE, "Depot", radius_m=RADIUS_M, center=Place(*DEPOT))
        (self.zone_id,) = create_zones(alice.pk, [depot], maker_id=alice.pk)
        for kind in KINDS:
            self.create(kind)
        self.drive(OUTSIDE)

    def draft(self, kind: str, text: str = "first") -> RuleDraft:
        return RuleDraft(
            kind,
            "Gate",
            primary_text=text,
            secondary_text="second",
            param=1,
            extended_params={"max_parking_duration": 5},
            zone_ids=(self.zone_id,) if kind == "inoutzone" else (),
            tracker_ids=tuple(Tracker.objects.filter(account=self.alice).values_list("pk", flat=True)),
        )

    @property
    def rules(self) -> list[AlertRule]:
        return list(AlertRule.objects.select_related("account"))

    def create(self, kind: str = "track_change") -> None:
        create_rule(self.caller, self.draft(kind))

    def reword(self) -> None:
        for rule in self.rules:
            change_rule(self.caller, rule.pk, self.draft(rule.kind, "Another"))

    def suspend(self) -> None:
        suspend_rules(self.rules[:2], is_suspended=True, now=NOW)

    def resume(self) -> None:
        suspend_rules(self.rules, is_suspended=False, now=NOW)

    def remove(self) -> None:
        remove_rules(self.rules[:1])

    def bind(self) -> None:
        for rule in self.rules:
            bind_trackers(self.caller, rule.pk, [self.vans[0].pk])

    def unbind(self) -> None:
        for rule in self.rules:
            unbind_trackers(self.caller, rule.pk, [self.vans[0].pk])

    def move_zone(self) -> None:
        moved = Drawing(ZoneShape.CIRCLE, "Depot", radius_m=RADIUS_M * 2, center=Place(*DEPOT))
        change_zone(Zone.objects.get(pk=self.zone_id), moved)

    def move_van(self) -> None:
        move_tracker(Tracker.objects.get(pk=self.vans[0].pk), self.charlie)

    def remove_van(self) -> None:
        remove_tracker(Tracker.objects.get(pk=self.vans[0].pk))

    def remove_account(self) -> None:
        remove_user(self.alice)

    def change_time_zone(self) -> None:
        self.alice.time_zone = "Asia/Tokyo"
        save_user(self.alice, changed={"time_zone"})

    def drive(self, place: tuple[float, float] = INSIDE) -> None:
        self.seconds += 120
        send(*(report(van, self.seconds, place, speed=30) for van in self.vans))

    def leave(self) -> None:
        self.drive(OUTSIDE)

    def pass_time(self) -> None:
        pass_time_for_due(NOW)
        judge_time(NOW)

    def forget(self) -> None:
        RuleMemory.objects.filter(tracker=self.vans[1]).delete()

    def write_by_hand(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute('UPDATE alerts_rulememory SET document = \'{"phases":{"1":[true,true]}}\'')

    def read(self, kept: KeptBindings) -> object:
        """What the next report would be judged by."""
        marks = dict(SourceState.objects.filter(pk__in=self.sources).values_list("pk", "watch_mark"))
        return bindings_of({source_id: Watched(mark, 0) for source_id, mark in marks.items()}, kept)


WAYS: list[Callable[[Fleet], None]] = [
    Fleet.create,
    Fleet.reword,
    Fleet.suspend,
    Fleet.remove,
    Fleet.unbind,
    Fleet.move_zone,
    Fleet.move_van,
    Fleet.remove_van,
    Fleet.remove_account,
    Fleet.change_time_zone,
    Fleet.drive,
    Fleet.pass_time,
    Fleet.forget,
    Fleet.write_by_hand,
]
# Those that may come in any order and be repeated.
STEPS = [
    Fleet.drive,
    Fleet.leave,
    Fleet.suspend,
    Fleet.resume,
    Fleet.unbind,
    Fleet.bind,
    Fleet.reword,
    Fleet.move_zone,
    Fleet.forget,
]


@pytest.fixture
def fleet(alice: User, charlie: User, register: Callable[..., Tracker]) -> Fleet:
    return Fleet(alice, charlie, [register(alice), register(alice)])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_change_escapes_what_is_kept(fleet: Fleet, way: Callable[[Fleet], None]) -> None:
    kept = KeptBindings(1000)
    before = fleet.read(kept)
    assert len(kept) == len(KINDS) * 2
    way(fleet)
    after = fleet.read(kept)
    assert after == fleet.read(KeptBindings(0))
    assert after != before


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.booleans(), st.booleans()), max_size=6))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_processes_judge_by_what_is_stored(
    fleet: Fleet, steps: list[tuple[Callable[..., None], bool, bool]]
) -> None:
    """Each step may be rolled back, after a process has seen it or not."""
    first, second = KeptBindings(1000), KeptBindings(8)
    with transaction.atomic():
        for step, is_seen, is_undone in steps:
            with transaction.atomic():
                step(fleet)
                if is_seen:
                    fleet.read(first)
                if is_undone:
                    transaction.set_rollback(True)
            stored = fleet.read(KeptBindings(0))
            assert fleet.read(first) == fleet.read(second) == stored
        transaction.set_rollback(True)


def test_a_report_that_changes_nothing_reads_no_rules(
    fleet: Fleet, django_assert_max_num_queries: Callable[..., object]
) -> None:
    kept = KeptBindings(1000)
    marks = SourceState.objects.in_bulk(fleet.sources)
    watched = {pk: Watched(row.watch_mark, 0) for pk, row in marks.items()}
    bindings_of(watched, kept)
    with django_assert_max_num_queries(0):
        assert bindings_of(watched, kept).keys() == set(fleet.sources)


def test_nothing_is_kept_without_triggers(fleet: Fleet) -> None:
    take_down_triggers(using="default", plan=["a migration"])
    kept = KeptBindings(1000)
    fleet.read(kept)
    # PostgreSQL changes tables with their triggers in place.
    assert not len(kept) or connection.vendor == "postgresql"
    call_command("migrate", verbosity=0)
    before = fleet.read(kept)
    assert len(kept)
    fleet.forget()
    assert fleet.read(kept) != before
