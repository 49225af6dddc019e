"""Reading a call's parameters by their types."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given

from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.parameters import Parameters, parse_json
from accounts.wire.schema import list_of
from accounts.wire.terms import FLAG, ID, between, one_of, printable
from tests.strategies import json_values, odd_texts


def refusal(read: Callable[[Parameters], Any], value: Any) -> str:
    """Why a reader refuses a value."""
    with pytest.raises(ApiError) as raised:
        read(Parameters({"it": value}))
    assert raised.value.code is ErrorCode.INVALID_PARAMETERS
    (error,) = raised.value.errors
    assert error.parameter == "it"
    return error.error


def read_integer(parameters: Parameters) -> int:
    return parameters.read("it", ID)


def read_boolean(parameters: Parameters) -> bool:
    return parameters.read("it", FLAG)


def read_text(parameters: Parameters) -> str:
    return parameters.read("it", printable(4))


def read_integers(parameters: Parameters) -> tuple[int, ...]:
    return parameters.read("it", list_of(ID, least=1))


def read_texts(parameters: Parameters) -> tuple[str, ...]:
    return parameters.read("it", list_of(printable(4), least=1, most=3, unique=True))


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


def read_integer_within(parameters: Parameters) -> int:
    return int(parameters.read("it", between(1, 8)))


def read_number_within(parameters: Parameters) -> float:
    return float(parameters.read("it", between(0.0, 100.0)))


def read_choice(parameters: Parameters) -> Fruit:
    fruit: Fruit = parameters.read("it", one_of(Fruit))
    return fruit


READERS = [
    read_integer,
    read_boolean,
    read_text,
    read_integers,
    read_texts,
    read_integer_within,
    read_number_within,
    read_choice,
]


@pytest.mark.api(3)
@pytest.mark.parametrize(
    ("read", "given_value", "value"),
    [
        (read_integer, 5, 5),
        (read_integer, "5", 5),
        (read_integer, " -5 ", -5),
        (read_integer, "5\x1f", 5),
        (read_integer, 2**63 - 1, 2**63 - 1),
        (read_integer, str(-(2**63) + 1), -(2**63) + 1),
        (read_boolean, True, True),
        (read_boolean, "false", False),
        (read_boolean, "True", True),
        (read_text, "abc", "abc"),
        (read_text, " a b ", "a b"),
        (read_text, 1234, "1234"),
        (read_text, 0.5, "0.5"),
        (read_text, "🚚", "🚚"),
        (read_integers, [1, "2"], (1, 2)),
        (read_integers, "[1, 2, 1]", (1, 2, 1)),
        (read_texts, ["a", "b"], ("a", "b")),
        (read_texts, '["a"]', ("a",)),
        (read_integer_within, "8", 8),
        (read_number_within, 0, 0.0),
        (read_number_within, " 1.5e1 ", 15.0),
        (read_number_within, 100, 100.0),
        (read_choice, "pear", Fruit.PEAR),
    ],
)
def test_values_are_read_by_type(read: Callable[[Parameters], Any], given_value: Any, value: Any) -> None:
    assert read(Parameters({"it": given_value})) == value


@pytest.mark.api(3, 8)
@pytest.mark.parametrize(
    ("read", "value", "reason"),
    [
        *[(read, None, "must not be null") for read in READERS],
        *[
            (read_integer, value, "must be an integer")
            for value in ("", "5.0", 5.0, True, [], "--5", "-", "1e3", "9" * 21)
        ],
        (read_integer, 2**63, "must fit into 64 bits"),
        (read_integer, "9" * 19, "must fit into 64 bits"),
        *[(read_boolean, value, "must be true or false") for value in (0, 1, "1", "yes", "", [])],
        *[(read_text, value, "must be a string") for value in (True, [], {})],
        *[(read_text, value, "must have 1 to 4 characters") for value in ("", "   ", "abcde")],
        *[(read_integers, value, "must be a list") for value in (5, "5", "1,2", "[1", {}, '{"a": 1}', "[" * 5000)],
        *[(read_integers, value, "must not be empty") for value in ([], "[]", " [ ] ")],
        *[(read_integers, value, "must be an integer") for value in ([None], ["a"], [[1]], "[1.5]")],
        (read_texts, ["a", " a"], "must not repeat an item"),
        (read_texts, list("abcd"), "must have at most 3 items"),
        (read_texts, ["abcde"], "must have 1 to 4 characters"),
        (read_texts, ["a", None], "must be a string"),
        *[(read_integer_within, value, "must be from 1 to 8") for value in (0, "9", -1)],
        *[(read_number_within, value, "must be a number") for value in ("", "nan", "inf", "1e999", True, [], "0x1")],
        *[(read_number_within, value, "must be from 0 to 100") for value in (-0.1, 100.5, "1e99", 10**400)],
        *[(read_choice, value, "must be one of: apple, pear") for value in ("plum", "", 5, ["apple"], {})],
    ],
)
def test_what_is_not_of_the_type_is_refused(read: Callable[[Parameters], Any], value: Any, reason: str) -> None:
    assert refusal(read, value) == reason


@pytest.mark.api(13)
@pytest.mark.parametrize("character", ["\x00", "\n", "\t", "\x1f", "\x7f", "\x85", "\ue000", "\U0010fffd", "\ud800"])
@pytest.mark.parametrize("text", ["{}", "a{}b", "a{}", "{}a"])
def test_control_private_and_surrogate_characters_are_refused(character: str, text: str) -> None:
    assert refusal(read_text, text.format(character)) == "must have printable characters only"


def test_a_password_keeps_its_spaces() -> None:
    assert Parameters({"it": " a "}).read("it", printable(trim=False)) == " a "


@pytest.mark.parametrize("value", [None, "5", 5])
def test_a_default_stands_for_what_is_missing(value: Any) -> None:
    parameters = Parameters({"it": value})
    assert parameters.read("it", ID, default=5) == 5
    assert ("it" in parameters) is (value is not None)


@given(value=json_values() | odd_texts)
@pytest.mark.parametrize("read", READERS)
def test_a_reader_either_reads_or_names_the_parameter(read: Callable[[Parameters], Any], value: Any) -> None:
    try:
        read(Parameters({"it": value}))
    except ApiError as error:
        assert [entry.parameter for entry in error.errors] == ["it"]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "", "{", "'a'", b"\xff", "9" * 5000, "[" * 100_000])
def test_what_is_not_json_is_a_wrong_format(text: str | bytes) -> None:
    with pytest.raises(ApiError) as raised:
        parse_json(text)
    assert raised.value.code is ErrorCode.WRONG_FORMAT
