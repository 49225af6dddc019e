"""People, and the rules of the whole suite.

Alice owns a fleet, Bob is her sub-user, Charlie is a stranger with an account of his own.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from accounts.models import User
from trackers.models import Tracker
from trackers.services import register_tracker

PASSWORD = "a long enough password"
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
CHECKLISTS = {"contract": 77, "atmosphere": 58}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--points", action="store_true", help="list which points of the checklists have a test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """With REQUIRE_ALL=1 a skipped test is a failed one."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[POINTS] = {
        name: {point for item in session.items for mark in item.iter_markers(name) for point in mark.args}
        for name in CHECKLISTS
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--points"):
        return
    for name, count in CHECKLISTS.items():
        covered = config.stash[POINTS][name]
        open_points = sorted(set(range(1, count + 1)) - covered)
        terminalreporter.section(f"{name} checklist: {len(covered)} of {count} points have a test")
        terminalreporter.line("with a test: " + " ".join(map(str, sorted(covered))))
        terminalreporter.line("without:     " + " ".join(map(str, open_points)))


POINTS: pytest.StashKey[dict[str, set[int]]] = pytest.StashKey()


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
