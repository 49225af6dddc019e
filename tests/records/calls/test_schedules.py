"""`report/schedule/*`: reports that are made by themselves and sent (records §9.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import User
from records.models import Report, ReportLetter, ReportSchedule
from records.services.reports import letters as report_letters
from records.services.reports import schedules
from records.services.reports.letters import send_next
from records.services.reports.making import make_next
from records.services.reports.schedules import fire_due
from tests.api import Api
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, corrupt_tracker

DAY = timedelta(days=1)
OFFICE, DEPOT = "office@fleet.example", "depot@fleet.example"


@pytest.fixture(autouse=True)
def letters_are_kept(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def document(*trackers: Tracker, **parameters: Any) -> dict[str, Any]:
    report = {"trackers": [one.pk for one in trackers], "plugin": {"plugin_id": 4}, **parameters.pop("report", {})}
    every_day = {"type": "weekdays", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    asked = {"period": "1d", "schedule": every_day, "emails": [OFFICE], "sending_time": "06:00:00", "report": report}
    return {"enabled": True, "parameters": {**asked, **parameters}}


def make(api: Api, *trackers: Tracker, **parameters: Any) -> ReportSchedule:
    made = api("report/schedule/create", schedule=document(*trackers, **parameters))
    return ReportSchedule.objects.get(pk=made["id"])


def due(schedule: ReportSchedule) -> datetime:
    schedule.refresh_from_db()
    assert schedule.due_at is not None
    return schedule.due_at


def keep_house(now: datetime) -> None:
    """As housekeeping does."""
    fire_due(now)
    while make_next(now):
        pass
    while send_next(now):
        pass


@pytest.mark.records(56)
def test_a_schedule_is_read_as_it_was_sent(api: Api, van: Tracker) -> None:
    schedule = make(api, van, email_zip=True)
    (listed,) = api("report/schedule/list")["list"]
    assert (listed["id"], listed["enabled"], listed["fire_time"], listed["last_result"]) == (
        schedule.pk,
        True,
        None,
        None,
    )
    assert listed["parameters"]["report"]["trackers"] == [van.pk]
    assert (listed["parameters"]["report"]["title"], listed["parameters"]["email_format"]) == ("Trip report", "xlsx")
    changed = document(van, period="1w", schedule={"type": "month_days", "month_days": [1]})
    assert api("report/schedule/update", schedule={"id": schedule.pk, **changed})["success"]
    (listed,) = api("report/schedule/list")["list"]
    assert listed["parameters"]["schedule"] == {"type": "month_days", "month_days": [1]}
    assert due(schedule).day == 1
    api("report/schedule/delete", schedule_id=schedule.pk)
    assert api("report/schedule/list")["list"] == []
    assert api.code("report/schedule/delete", schedule_id=schedule.pk) == 201


@pytest.mark.records(57, 58)
def test_each_day_is_sent_once_to_each_address(api: Api, van: Tracker) -> None:
    schedule = make(api, van, emails=[OFFICE, DEPOT])
    first = due(schedule)
    keep_house(first - timedelta(seconds=1))
    assert mail.outbox == []
    for _ in range(2):
        keep_house(first)
    assert sorted(letter.to[0] for letter in mail.outbox) == [DEPOT, OFFICE]
    assert [name for name, *_ in mail.outbox[0].attachments] == [f"Trip-report-{Report.objects.get().pk}.xlsx"]
    report = Report.objects.get()
    midnight = first.replace(hour=0, minute=0)
    assert (report.since, report.until) == (midnight - DAY, midnight - timedelta(microseconds=1))
    assert due(schedule) == first + DAY
    (listed,) = api("report/schedule/list")["list"]
    assert listed["last_result"] == {"success": True, "id": report.pk}
    keep_house(first + DAY)
    assert len(mail.outbox) == 4


@pytest.mark.records(57)
def test_another_time_zone_makes_no_day_twice(api: Api, alice: User, van: Tracker) -> None:
    schedule = make(api, van)
    now = due(schedule)
    keep_house(now)
    day = ReportSchedule.objects.get().fired_on
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Kiritimati")
    assert api("report/schedule/update", schedule={"id": schedule.pk, **document(van)})["success"]
    keep_house(due(schedule))
    assert ReportSchedule.objects.get().fired_on == day + DAY
    one, other = Report.objects.order_by("pk")
    assert other.time_zone == "Pacific/Kiritimati"
    assert other.since - one.since < DAY


@pytest.mark.records(58)
def test_days_that_nobody_kept_house_are_made_later(api: Api, van: Tracker) -> None:
    first = due(make(api, van))
    for _ in range(20):
        keep_house(first + 9 * DAY)
    # The first two are more than a week late.
    assert [report.since for report in Report.objects.order_by("since")] == [
        (first + number * DAY).replace(hour=0, minute=0) - DAY for number in range(2, 10)
    ]
    assert len(mail.outbox) == 8


@pytest.mark.records(58)
def test_a_letter_of_who_was_killed_is_sent_by_another(api: Api, van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    now = due(make(api, van))

    def killed(backend: EmailBackend, messages: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(EmailBackend, "send_messages", killed)
        keep_house(now)
    keep_house(now)
    assert mail.outbox == []
    keep_house(now + report_letters.CLAIM)
    keep_house(now + 2 * report_letters.CLAIM)
    (letter,) = mail.outbox
    assert str(ReportLetter.objects.get().message_id) in letter.extra_headers["Message-ID"]


@pytest.mark.records(58)
@pytest.mark.parametrize(
    ("error", "attempts"),
    [(SMTPServerDisconnected("gone"), 5), (SMTPRecipientsRefused({OFFICE: (550, b"nobody")}), 1)],
    ids=["away", "unknown"],
)
def test_a_letter_is_tried_for_a_while(
    api: Api, van: Tracker, monkeypatch: pytest.MonkeyPatch, error: Exception, attempts: int
) -> None:
    now = due(make(api, van))

    def fail(backend: EmailBackend, messages: Any) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    for _ in range(8):
        keep_house(now)
        now += timedelta(hours=6)
    letter = ReportLetter.objects.order_by("pk")[0]
    assert (letter.attempts, letter.sent_at, letter.given_up_at is not None) == (attempts, None, True)


@pytest.mark.records(59)
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"period": "2h"}, 7),
        ({"period": "y"}, 211),
        ({"emails": []}, 7),
        ({"emails": ["office"]}, 7),
        ({"emails": [f"{number}@fleet.example" for number in range(11)]}, 7),
        ({"email_format": "doc"}, 7),
        ({"sending_time": "24:00"}, 7),
        ({"schedule": {"type": "weekdays", "weekdays": [8]}}, 7),
        ({"report": {"trackers": [2**31 - 1]}}, 217),
        ({"report": {"plugin": {"plugin_id": 999}}}, 222),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(api: Api, van: Tracker, wrong: dict[str, Any], code: int) -> None:
    assert api.code("report/schedule/create", schedule=document(van, **wrong)) == code
    assert not ReportSchedule.objects.exists()


@pytest.mark.records(59)
def test_schedules_are_bounded(api: Api, van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "MAX_SCHEDULES", 1)
    make(api, van)
    assert api.code("report/schedule/create", schedule=document(van)) == 268


@pytest.mark.records(59)
def test_a_sub_user_gets_what_it_may_read_still(
    api: Api, bobs: Api, bob: User, van: Tracker, register: Callable[..., Tracker], grant: Callable[..., None]
) -> None:
    assert bobs.code("report/schedule/list") == 13
    grant("reports")
    other = register(van.account)
    bind_sub_users(van, [bob])
    assert bobs.code("report/schedule/create", schedule=document(other)) == 217
    schedule = make(bobs, van)
    assert [one["id"] for one in api("report/schedule/list")["list"]] == [schedule.pk]
    hers = make(api, van)
    assert [one["id"] for one in bobs("report/schedule/list")["list"]] == [schedule.pk]
    assert bobs.code("report/schedule/delete", schedule_id=hers.pk) == 201
    now = due(schedule)
    bind_sub_users(van, [])
    keep_house(now)
    schedule.refresh_from_db()
    assert (schedule.is_enabled, Report.objects.filter(user=bob).count()) == (False, 0)


@pytest.mark.records(59)
def test_a_schedule_of_removed_trackers_ends(api: Api, van: Tracker) -> None:
    schedule = make(api, van)
    now = due(schedule)
    corrupt_tracker(van)
    keep_house(now)
    schedule.refresh_from_db()
    assert (schedule.is_enabled, schedule.due_at, mail.outbox) == (False, None, [])
