"""Terms: what describes a parameter reads it too."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import MAX_ID, Parameters
from accounts.wire.schema import list_of, named, nullable, open_object, said
from accounts.wire.terms import FLAG, ID, Term, between, one_of, printable, shaped, text
from tests.described import compiled, loosened
from tests.strategies import json_values, odd_texts


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


WORD = printable(4)
LABEL = printable(4, without="<>")
HEX = shaped("^[0-9a-f]{2}$", "two hex digits", most=2)
NOTE = text(4)
COUNT = between(1, 8)
RATIO = between(0.5, 100.0)
FRUIT = one_of(Fruit)
SIZE = one_of("small", "large", most=8)
IDS = list_of(ID, least=1)
WORDS = list_of(WORD, least=1, most=3, unique=True)
TEXTS = list_of(printable(4), least=1, most=3, unique=True)
FRUITS = list_of(FRUIT, unique=True)
TERMS: list[Term[Any]] = [ID, FLAG, WORD, LABEL, HEX, NOTE, COUNT, RATIO, FRUIT, SIZE, IDS, WORDS, FRUITS]


def refusal(term: Term[Any], value: Any) -> str:
    """Why a term refuses a value."""
    with pytest.raises(ApiError) as raised:
        term.read("it", value)
    assert raised.value.code is ErrorCode.INVALID_PARAMETERS
    (error,) = raised.value.errors
    assert error.parameter == "it"
    return error.error


@pytest.mark.api(3)
@pytest.mark.parametrize(
    ("term", "sent", "value"),
    [
        (ID, " -5 ", -5),
        (FLAG, "True", True),
        (WORD, " a b ", "a b"),
        (WORD, 1234, "1234"),
        (printable(4, trim=False), " a ", " a "),
        (HEX, "0f", "0f"),
        (NOTE, "  ", ""),
        (NOTE, " a", "a"),
        (COUNT, "8", 8),
        (RATIO, " 1.5e1 ", 15.0),
        (RATIO, 100, 100.0),
        (FRUIT, "pear", Fruit.PEAR),
        (SIZE, " large ", "large"),
        (IDS, "[1, 2, 1]", (1, 2, 1)),
        (WORDS, ["a", "b"], ("a", "b")),
        (FRUITS, [], ()),
        (FRUITS, ["pear"], (Fruit.PEAR,)),
        (RATIO, " 1.5e1 ", 15.0),
        (nullable(ID), "5", 5),
        (said(named("Count", COUNT), "how many"), 5, 5),
    ],
)
def test_term_reads_what_it_describes(term: Term[Any], sent: Any, value: Any) -> None:
    assert term.read("it", sent) == value


@pytest.mark.api(3, 8)
@pytest.mark.parametrize(
    ("term", "value", "reason"),
    [
        (ID, "5.0", "must be an integer"),
        (ID, 2**63, "must fit into 64 bits"),
        (FLAG, 1, "must be true or false"),
        (WORD, [], "must be a string"),
        (WORD, " ", "must have 1 to 4 characters"),
        (WORD, "a\n", "must have printable characters only"),
        (LABEL, "a>", "must not have < or >"),
        (LABEL, "<abcd", "must have 1 to 4 characters"),
        (HEX, "0g", "must be two hex digits"),
        (HEX, "012", "must have 1 to 2 characters"),
        (NOTE, "abcde", "must have 1 to 4 characters"),
        (COUNT, 9, "must be from 1 to 8"),
        (COUNT, 1.5, "must be an integer"),
        *[(RATIO, value, "must be from 0.5 to 100") for value in (0.4, 100.5, "1e99", 10**400)],
        *[(RATIO, value, "must be a number") for value in ("", "nan", "inf", "1e999", True, [], "0x1")],
        *[(FRUIT, value, "must be one of: apple, pear") for value in ("plum", "", 5, ["apple"], {})],
        (SIZE, "medium", "must be one of: small, large"),
        (SIZE, "very large", "must have 1 to 8 characters"),
        (IDS, [], "must not be empty"),
        (IDS, {}, "must be a list"),
        (IDS, [1, "a"], "must be an integer"),
        (WORDS, ["abcde", 1, 2, 3], "must have at most 3 items"),
        (WORDS, ["a", 1], "must be a string"),
        (WORDS, ["abcde", 1], "must have 1 to 4 characters"),
        (WORDS, ["a", " a"], "must not repeat an item"),
        *[(open_object({"id": ID}), value, "must be an object") for value in ("", "{", "[]", [], 5, True)],
    ],
)
def test_term_refuses_in_words_that_clients_know(term: Term[Any], value: Any, reason: str) -> None:
    assert refusal(term, value) == reason


def test_open_object_leaves_its_members_to_be_read() -> None:
    members = open_object({"id": ID}).read("it", '{"id": "7"}')
    assert members.read("id", ID) == 7


def test_term_made_of_another_may_refuse_more() -> None:
    def even(name: str, number: int) -> int:
        if number % 2:
            raise invalid_parameter(name, "must be even")
        return number // 2

    halves = ID.then(even)
    assert (halves, halves.read("it", 8)) == (ID, 4)
    assert refusal(halves, 7) == "must be even"


def test_what_is_missing_is_refused_by_name() -> None:
    with pytest.raises(ApiError) as raised:
        Parameters({"it": None}).read("it", ID)
    assert [(one.parameter, one.error) for one in raised.value.errors] == [("it", "must not be null")]


def may_be_checked(value: Any) -> bool:
    """Whether it is worth a look; the validator takes no lone surrogates."""
    return value is not None and "\\ud800" not in json.dumps(value)


lists = st.lists(st.sampled_from(["apple", "pear", "a", " a", 7, "7"]), max_size=4)
nearly_right = st.sampled_from(["apple", "large", "0f", " 12 ", 5, "0.75", "true", "[1]", '["a"]'])
values = (json_values() | odd_texts | lists | nearly_right).filter(may_be_checked)


@given(value=values)
@pytest.mark.parametrize("term", TERMS)
def test_what_a_term_reads_is_as_it_describes(term: Term[Any], value: Any) -> None:
    try:
        found = term.read("it", value)
    except ApiError as error:
        assert [entry.parameter for entry in error.errors] == ["it"]
        return
    assert as_described(term).is_valid(list(found) if isinstance(found, tuple) else found)
    # Digits of other scripts are read, too, which no description says.
    assert loosely_as_described(term).is_valid(trimmed(value)) or not json.dumps(value, ensure_ascii=False).isascii()


@cache
def as_described(term: Term[Any]) -> jsonschema_rs.Validator:
    return compiled(term)


@cache
def loosely_as_described(term: Term[Any]) -> jsonschema_rs.Validator:
    return compiled(loosened(term))


def trimmed(value: Any) -> Any:
    """Spaces at both ends are cut off (api §1.5)."""
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    return value.strip() if isinstance(value, str) else value


@given(value=values)
@pytest.mark.parametrize("term", [ID, FLAG, LABEL, HEX, COUNT, FRUIT, SIZE, IDS, FRUITS])
def test_what_is_as_described_is_read(term: Term[Any], value: Any) -> None:
    # A float without a fraction is an integer for JSON Schema and not for us.
    if as_described(term).is_valid(value) and not has_floats(value):
        term.read("it", value)


def has_floats(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, list) and any(map(has_floats, value)))


@given(number=st.integers(-MAX_ID, MAX_ID))
def test_every_id_is_read_as_number_and_as_text(number: int) -> None:
    assert ID.read("it", number) == ID.read("it", str(number)) == number
