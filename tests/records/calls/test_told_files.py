"""Files of reports in the words and the units of who reads them (records §9.6)."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api.languages import LANGUAGES, catalogue, word
from accounts.models import User
from records.models import Report as ReportRow
from records.models import ReportLetter
from records.rendering.reports.telling import METRIC, MILES, NAUTICAL, Reader, Unit, tell_sheets
from records.services.reports.kinds import KINDS
from records.services.reports.letters import compose
from records.services.reports.making import make_next, sheets_of
from tests.api import Api
from trackers.models import Sensor, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_sensor

DEGREE_KM = math.radians(1) * 6371.0
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)
DAY = {"from": NOON.strftime("%Y-%m-%d 00:00:00"), "to": NOON.strftime("%Y-%m-%d 23:59:59")}
SPEEDS = [0, *[120] * 10, *[0] * 12]
OTHERS = sorted(set(LANGUAGES) - {"en"})


@pytest.fixture
def driven(van: Tracker) -> Tracker:
    """Eighteen kilometres at 120 km/h, a hard brake, and a stop with the engine on; two tanks, one that is filled."""
    for number, name in enumerate(("Main", "Spare"), 1):
        tank = Sensor(
            source=van.source, kind="metering", sensor_type="fuel", name=name, input_name=f"lls_level_{number}"
        )
        save_sensor(tank)
    kilometres = 0.0
    for minute, speed in enumerate(SPEEDS):
        kilometres += speed / 60
        moment, fix = NOON + timedelta(minutes=minute), Fix(0.5, kilometres / DEGREE_KM, speed, 90)
        levels = {"lls_level_1": 20 if minute < 15 else 60, "lls_level_2": 30}
        code = 241 if minute == 11 else None
        one = Report(van.source.device_id, moment, fix=fix, ignition=minute < 20, event_code=code, attributes=levels)
        ingest([one], received_at=moment)
    return van


@pytest.fixture
def made(api: Api, driven: Tracker) -> Callable[[int], int]:
    """Makes a report of a kind, and says its id."""

    def make(kind: int) -> int:
        plugin = {"plugin_id": kind, "include_summary_sheet": True, "show_not_visited_zones": True}
        found: int = api("report/tracker/generate", trackers=[driven.pk], plugin=plugin, **DAY)["id"]
        while make_next(timezone.now()):
            pass
        return found

    return make


def lines(api: Api, report: int) -> list[list[str]]:
    answer = Client().get("/report/tracker/download", {"hash": api.hash, "report_id": report, "format": "csv"})
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def use(user: User, **settings: str) -> None:
    User.objects.filter(pk=user.pk).update(**settings)


def below(title: str, found: list[list[str]]) -> list[str]:
    """The column of that title, down to the sums."""
    number, column = next((number, line.index(title)) for number, line in enumerate(found) if title in line)
    return [line[column] for line in found[number + 1 : number + 3]]


@pytest.mark.parametrize(
    ("measures", "way", "speed", "length", "fastest"),
    [
        ("metric", "km", "km/h", 18.0, "120.0"),
        ("metric_gal_us", "km", "km/h", 18.0, "120.0"),
        ("imperial", "mi", "mph", 11.18, "75.0"),
        ("us", "mi", "mph", 11.18, "75.0"),
        ("nautical", "nmi", "kn", 9.72, "65.0"),
    ],
)
def test_file_tells_ways_and_speeds_in_the_units_of_who_asks(
    api: Api, alice: User, made: Callable[[int], int], measures: str, way: str, speed: str, length: float, fastest: str
) -> None:
    use(alice, measurement_system=measures)
    found = lines(api, made(4))
    assert below(f"Max. speed, {speed}", found) == [fastest] * 2
    assert [float(one) for one in below(f"Total trips length, {way}", found)] == [pytest.approx(length, abs=0.02)] * 2
    summary = {line[0]: line[1] for line in found if len(line) == 2}
    assert summary[f"Max. speed, {speed}"] == fastest


def test_file_is_in_the_language_of_who_asks(api: Api, alice: User, made: Callable[[int], int]) -> None:
    use(alice, locale="de_DE", measurement_system="imperial")
    found = lines(api, made(4))
    titles = next(line for line in found if "Höchstgeschwindigkeit, mph" in line)
    assert (titles[0], titles[3]) == ("Datum", "Gesamtlänge der Fahrten, mi")
    day = found[found.index(titles) + 1][0]
    assert (day.split()[0], f"{NOON.year} (" in day, day.endswith(")")) == (str(NOON.day), True, True)
    assert {"Zusammenfassung", "Insgesamt:", "Fahrten"} <= {line[0] for line in found if line}


def test_what_programs_read_is_english_and_in_kilometres(api: Api, alice: User, made: Callable[[int], int]) -> None:
    use(alice, locale="de", measurement_system="imperial")
    (sheet,) = api("report/tracker/retrieve", report_id=made(4))["report"]["sheets"]
    (row,) = sheet["sections"][0]["data"][0]["rows"]
    assert sheet["sections"][0]["columns"][5]["title"] == "Max. speed,\nkm/h"
    assert (row["max_speed"]["v"], row["max_speed"]["raw"]) == ("120", 120)


def test_letter_brings_the_file_of_whose_report_it_is(api: Api, alice: User, made: Callable[[int], int]) -> None:
    report = ReportRow.objects.get(pk=made(27))
    use(alice, locale="fr", measurement_system="nautical")
    letter = ReportLetter(report=report, address="office@fleet.example", format="xlsx", next_attempt_at=timezone.now())
    letter.save()
    ((_, content, _),) = compose(ReportLetter.objects.select_related("report__user").get(pk=letter.pk)).attachments
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "Vitesse max., kn" in texts


def test_an_empty_file_is_one(api: Api, alice: User, driven: Tracker, made: Callable[[int], int]) -> None:
    report = made(4)
    driven.delete()
    ReportRow.objects.get(pk=report).sheets.update(document="")
    for wanted in ("xlsx", "csv"):
        answer = Client().get("/report/tracker/download", {"hash": api.hash, "report_id": report, "format": wanted})
        assert answer.status_code == 200


def strict(language: str, unit: Unit = METRIC) -> Reader:
    """Who takes no text that the catalogue lacks."""
    return Reader(unit, lambda text: text and catalogue(language)[text], lambda day: day.isoformat())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_of_a_report_is_left_in_english(made: Callable[[int], int], kind: int) -> None:
    sheets = sheets_of(ReportRow.objects.get(pk=made(kind)))
    for language in OTHERS:
        assert len(tell_sheets(sheets, strict(language))) == len(sheets)


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_says_the_unit_where_it_can_be_another(made: Callable[[int], int], language: str) -> None:
    sheets = [one for kind in KINDS for one in sheets_of(ReportRow.objects.get(pk=made(kind)))]
    titles = {one.replace("\n", " ") for one in _titles(sheets) if one.replace("\n", " ").endswith((", km", ", km/h"))}
    assert len(titles) == 5
    for title in titles:
        for unit in (MILES, NAUTICAL):
            sign = word(unit.speed if title.endswith("/h") else unit.way, language).replace("{n}", "").strip()
            told, metric = strict(language, unit).tell(title), strict(language).tell(title)
            assert told.endswith(sign)
            assert metric == catalogue(language)[title]
            assert len(told.split()) - len(sign.split()) == len(metric.split()) - 1, "it takes the place of the other"


def test_a_name_behind_a_unit_stays() -> None:
    reader = strict("de", MILES)
    assert reader.tell("Mileage, km (Tank, km)") == "Fahrstrecke, mi (Tank, km)"
    assert reader.tell("Refilled, l (Spare)") == "Getankt, l (Spare)"
    assert reader.tell("Consumption, l/100 km (Spare)") == "Verbrauch, l/100 km (Spare)"
    assert reader.tell("Idling (of 5 min. or more)") == "Leerlauf (ab 5 Min.)"


def _titles(sheets: list[dict[str, Any]]) -> Iterator[str]:
    for section in (one for sheet in sheets for one in sheet["sections"]):
        yield from (one["title"] for one in section.get("columns", ()))
        yield from (one["name"] for one in section.get("rows", ()))
