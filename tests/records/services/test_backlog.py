"""What is asked while nobody waits (records §11)."""

from __future__ import annotations

import threading

import pytest

from records.services import backlog as module
from records.services.asking import TooMuchAtOnce, Unanswered
from records.services.backlog import Backlog
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.django_db


class Oracle:
    """Answers numbers above 0, has nothing for 0, and fails below."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.refusals = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, question: int) -> bool:
        assert self.may_answer.wait(PATIENCE_S)
        if self.refusals:
            self.refusals -= 1
            raise TooMuchAtOnce
        self.asked.append(question)
        if question < 0:
            raise Unanswered
        return question > 0


def settled(oracle: Oracle, backlog: Backlog[int], *questions: int) -> list[int]:
    backlog.add(questions)
    backlog.join(PATIENCE_S)
    return oracle.asked


@pytest.mark.records(84)
def test_each_question_is_asked_once_and_in_turn() -> None:
    oracle = Oracle()
    backlog = Backlog(oracle, lambda: 0.0)
    oracle.may_answer.clear()
    backlog.add([1, 2, 3])
    backlog.add([3, 2, 4])
    oracle.may_answer.set()
    assert settled(oracle, backlog, 5) == [1, 2, 3, 4, 5]


@pytest.mark.records(84)
def test_what_has_no_answer_is_not_asked_again_soon() -> None:
    oracle = Oracle()
    backlog = Backlog(oracle, lambda: 0.0)
    settled(oracle, backlog, 0, 1)
    assert settled(oracle, backlog, 0, 1) == [0, 1, 1]


@pytest.mark.records(84)
def test_who_does_not_answer_is_left_in_peace() -> None:
    oracle = Oracle()
    backlog = Backlog(oracle, lambda: 0.0)
    assert settled(oracle, backlog, 1, -1, 2) == [1, -1]
    assert settled(oracle, backlog, 3) == [1, -1]


@pytest.mark.records(84)
def test_a_question_waits_while_others_are_answered() -> None:
    oracle = Oracle()
    oracle.refusals = 2
    assert settled(oracle, Backlog(oracle, lambda: 0.0), 1, 2) == [1, 2] or oracle.asked == [2, 1]


@pytest.mark.records(84)
def test_no_more_wait_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    oracle = Oracle()
    assert settled(oracle, Backlog(oracle, lambda: 0.0), *range(1, 9)) == [1, 2, 3]
