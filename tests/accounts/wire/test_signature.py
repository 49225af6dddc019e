"""Arguments of functions and fields of dataclasses as parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import pytest

from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.parameters import Parameters
from accounts.wire.schema import Optional, open_object, optional, said
from accounts.wire.signature import Found, document, fields_of, signature_of
from accounts.wire.terms import FLAG, ID, between, one_of, printable


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


def find_crate(caller: str, crate_id: int) -> str:
    if crate_id == 404:
        raise ApiError(ErrorCode.NOT_FOUND)
    return f"crate {crate_id} of {caller}"


COUNT = between(1, 8)
Crate = Annotated[str, Found("crate_id", ID, find_crate, codes=(201,))]


@dataclass(frozen=True, slots=True)
class Rows:
    limit: Annotated[int, between(1, 100)] = 100
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    text: Annotated[str, printable(4)]


def pack(
    call: Any,
    crate: Crate,
    fruit: Fruit,
    count: Annotated[int, COUNT, "how many"],
    name: str,
    rows: Rows,
    note: Annotated[str, "for the driver"] | None = None,
    fragile: Annotated[bool, "handle with care"] = False,
    other: Crate | None = None,
) -> None:
    pass


SENT = {"crate_id": "7", "fruit": "pear", "count": "3", "name": " Bob "}


def read(**sent: Any) -> dict[str, Any]:
    return signature_of(pack, skipping=1).read(Parameters(sent))


def test_arguments_are_described_as_parameters() -> None:
    fields = signature_of(pack, skipping=1).fields
    assert fields == {
        "crate_id": optional(ID),
        "fruit": one_of(Fruit),
        "count": said(COUNT, "how many"),
        "name": printable(),
        "limit": optional(between(1, 100), default=100),
        "ascending": optional(FLAG, default=True),
        "note": optional(said(printable(), "for the driver")),
        "fragile": optional(said(FLAG, "handle with care"), default=False),
    }
    assert isinstance(fields["note"], Optional)


def test_arguments_are_read_with_their_defaults() -> None:
    assert read(**SENT) == {
        "crate": 7,
        "fruit": Fruit.PEAR,
        "count": 3,
        "name": "Bob",
        "rows": Rows(100, True),
        "note": None,
        "fragile": False,
        "other": 7,
    }


def test_null_is_as_good_as_absent() -> None:
    assert read(**SENT, fragile=None, note=None, limit=None) == read(**SENT)


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"crate_id": None, "count": 9}, "crate_id"),
        ({"fruit": "plum", "count": 9}, "fruit"),
        ({"count": 9, "limit": 0}, "count"),
        ({"limit": 0, "fragile": "yes"}, "limit"),
    ],
)
def test_first_wrong_argument_is_named(wrong: dict[str, Any], parameter: str) -> None:
    with pytest.raises(ApiError) as raised:
        read(**{**SENT, **wrong})
    assert [one.parameter for one in raised.value.errors] == [parameter]


def test_what_is_named_is_looked_for_after_all_is_read() -> None:
    signature = signature_of(pack, skipping=1)
    with pytest.raises(ApiError) as raised:
        signature.read(Parameters({**SENT, "crate_id": 404, "fragile": "yes"}))
    assert raised.value.code is ErrorCode.INVALID_PARAMETERS
    with pytest.raises(ApiError) as raised:
        signature.find("Alice", signature.read(Parameters({**SENT, "crate_id": 404})))
    assert raised.value.code is ErrorCode.NOT_FOUND
    assert signature.find("Alice", read(**SENT))["crate"] == "crate 7 of Alice"
    assert signature.codes == {201}


def test_nothing_is_looked_for_that_was_not_named() -> None:
    def move(call: Any, crate: Crate | None = None) -> None:
        pass

    signature = signature_of(move, skipping=1)
    assert signature.find("Alice", signature.read(Parameters({}))) == {"crate": None}


def test_document_reads_a_dataclass_and_names_its_members() -> None:
    label = document(Label)
    assert label == open_object(fields_of(Label))
    assert label.read("label", {"text": "abc", "more": 1}) == Label("abc")
    with pytest.raises(ApiError) as raised:
        label.read("label", {"text": "abcde"})
    assert [one.parameter for one in raised.value.errors] == ["label.text"]
