"""People, and the rules of the whole suite.

Alice owns a fleet, Bob is her sub-user, Charlie is a stranger with an account of his own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from accounts.models import User
from tests.admin import Admin
from tests.alone import turn
from tests.api import Api
from tests.notices import Hear, hearing
from tests.people import PASSWORD
from tests.spec import DOCUMENTS, points_of
from trackers.models import Tracker
from trackers.services.trackers import register_tracker

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
# The tests of each package that a part of the product needs which not everybody installs.
OF_EXTRAS = {
    "paho": [
        *(f"end_to_end/test_{name}.py" for name in ("metrics", "mqtt", "mqtt_commands", "mqtt_tls")),
        *(f"trackers/intake/test_{name}.py" for name in ("mqtt", "mqtt_silence", "refusals")),
    ],
    "psycopg": ["end_to_end/test_full_disk.py", "end_to_end/test_read_only_database.py"],
    "pyarrow": ["trackers/services/test_archive.py", "trackers/services/test_archive_check.py"],
    "reportlab": ["records/calls/test_pdf.py"],
    "uvicorn": ["config/test_door.py", "end_to_end/test_door.py"],
}
# Left out where it is not there; with REQUIRE_ALL=1 they fail.
collect_ignore = [
    path for package, paths in OF_EXTRAS.items() if not (REQUIRE_ALL or find_spec(package)) for path in paths
]
CHECKLISTS = {document: len(points_of(document)) for document in DOCUMENTS}

# How fast a machine makes examples up while it does other things says nothing of the code.
hypothesis.settings.register_profile(
    "shared machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    # What decides whether a change lands tries the same examples each time; new ones are found where people work.
    derandomize=REQUIRE_ALL,
)
hypothesis.settings.load_profile("shared machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--points", action="store_true", help="list which points of the checklists have a test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """With REQUIRE_ALL=1 a skipped test is a failed one, unless it needs rights that not every machine gives."""
    report = yield
    is_excused = hasattr(report, "wasxfail") or item.get_closest_marker("privileged") is not None
    if REQUIRE_ALL and report.skipped and not is_excused:
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those for which others wait come first, so that there is still something to do beside them."""
    items.sort(key=lambda item: not (item.get_closest_marker("alone") or item.get_closest_marker("calm")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Of several processes (make test), the one with a test marked `alone` or `calm` keeps others waiting."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    marks = {name: item.get_closest_marker(name) is not None for name in ("alone", "calm")}
    with turn(settings.DATA_DIR.parent, **marks):
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    points = {
        name: sorted({point for item in session.items for mark in item.iter_markers(name) for point in mark.args})
        for name in CHECKLISTS
    }
    session.config.stash[POINTS] = points
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["points"] = points


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Where several processes run the tests, each has collected all of them, and the one that reports none."""
    if hasattr(node, "workeroutput"):
        node.config.stash[POINTS] = node.workeroutput["points"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--points"):
        return
    for name, count in CHECKLISTS.items():
        covered = config.stash[POINTS][name]
        open_points = sorted(set(range(1, count + 1)) - set(covered))
        terminalreporter.section(f"{name} checklist: {len(covered)} of {count} points have a test")
        terminalreporter.line("with a test: " + " ".join(map(str, covered)))
        terminalreporter.line("without:     " + " ".join(map(str, open_points)))


POINTS: pytest.StashKey[dict[str, list[int]]] = pytest.StashKey()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@fleet.example", PASSWORD, title="Alice")


@pytest.fixture
def bob(alice: User) -> User:
    return User.objects.create_user("bob@fleet.example", PASSWORD, title="Bob", master=alice)


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@elsewhere.example", PASSWORD, title="Charlie")


@pytest.fixture
def register(db: None) -> Callable[..., Tracker]:
    """Registers trackers with made-up device ids."""
    count = 0

    def register_next(account: User, label: str = "Van") -> Tracker:
        nonlocal count
        count += 1
        return register_tracker(account=account, device_id=f"device-{count}", label=f"{label} {count}")

    return register_next


@pytest.fixture
def hear(django_capture_on_commit_callbacks: Callable[..., Any]) -> Hear:
    """Hears what each account is told, in memory."""
    return hearing(django_capture_on_commit_callbacks)


@pytest.fixture
def api(alice: User) -> Api:
    """The API with Alice logged in."""
    api = Api()
    api.log_in(alice.login)
    return api


@pytest.fixture
def staff(db: None) -> Admin:
    """The admin with a superuser logged in."""
    return Admin()
