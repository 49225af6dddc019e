"""Which characters a text may have, and how the others are shown."""

from __future__ import annotations

import sys
import unicodedata

import jsonschema_rs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from accounts.wire.characters import escape, isolate, refuse_unprintable, refuse_unseen
from accounts.wire.errors import ApiError
from accounts.wire.parameters import check_text
from accounts.wire.terms import Term, line, printable

# What people write their names with, all over the world.
NAMES = [
    "Łódź 1",
    "סנדר 7 (משאית)",
    "شاحنة ٣ — القاهرة",
    "می\u200cخواهم",
    "क्\u200dष",
    "👩\u200d🚒 1",
    "❤\ufe0f",
    "葛\U000e0100城",
    "ᠮᠣᠩ\u180eᠭᠣᠯ",
    "\u0601 12",
    "Hello שלום 12",
]
# From public reports of disguised names: overrides, isolates, marks, fillers, joiners, tags, a hyphen that hides.
DISGUISING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u2064\u206a"
DISGUISING += "\u115f\u1160\u3164\uffa0\u00ad\u034f\u17b4\u2028\u2029\ufff9\U000e0001\U000e0041\U000e007f"
# What Unicode counts as a format character, but is drawn, or changes what is beside it.
DRAWN = {0x180E, 0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
DRAWN |= set(range(0x13430, 0x13440))

refused_or_not = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(DISGUISING + " \u200d\ufe0f\n"))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_script_are_fine(name: str) -> None:
    assert refuse_unseen(name) is None
    assert check_text("label", name, max_length=60) == name


@pytest.mark.api(13)
@pytest.mark.parametrize("character", DISGUISING, ids=lambda character: f"U+{ord(character):04X}")
@pytest.mark.parametrize("text", ["{}", "Van{}1", "{}Van", "Van{}"])
def test_character_that_disguises_is_refused_and_named(character: str, text: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_text("label", text.format(character), max_length=60)
    (error,) = refused.value.errors
    assert error.error == f"must not have U+{ord(character):04X}, which cannot be seen"


@pytest.mark.parametrize("text", ["\u200d", " \u200c ", "\ufe0f", "\u200d\ufe0f"])
def test_text_with_nothing_to_see_is_refused(text: str) -> None:
    assert refuse_unseen(text) == "must have a character that can be seen"


def test_password_may_have_what_nobody_is_shown() -> None:
    typed = "correct\u200bhorse\u202e "
    assert printable(128, trim=False).read("password", typed) == typed
    assert jsonschema_rs.is_valid(printable(128, trim=False), typed)
    assert not jsonschema_rs.is_valid(printable(128, trim=False), "a\x00b")


def test_every_character_is_judged_by_its_category() -> None:
    wrong = []
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        category = unicodedata.category(character)
        is_unprintable = category in {"Cc", "Co", "Cs"}
        is_hidden = category in {"Zl", "Zp"} or (category == "Cf" and number not in DRAWN)
        if (refuse_unprintable(character) is not None) != is_unprintable:
            wrong.append(character)
        if (is_unprintable or is_hidden) and refuse_unseen(f"a{character}") is None:
            wrong.append(character)
    assert wrong == []


@pytest.mark.parametrize(
    ("term", "may_be_blank"), [(printable(60), False), (line(60), True)], ids=["printable", "line"]
)
@given(text=refused_or_not)
@example("\u200d")
@example("a\uf8ff")
@example("a\U000e0041")
@example("\ufeff a")
def test_description_refuses_what_the_call_refuses(term: Term[str], may_be_blank: bool, text: str) -> None:
    # Of the planes of private use the description says nothing.
    assume(all(ord(character) < 0xF0000 for character in text))
    try:
        term.read("it", text)
    except ApiError:
        is_read = False
    else:
        is_read = True
    # Blanks at the ends count there and not here, and blanks alone are read where nothing may be said.
    if len(text.strip()) == len(text) and not (may_be_blank and not text.strip("\u200c\u200d\ufe0f ")):
        assert jsonschema_rs.is_valid(term, text) is is_read


@given(before=st.text("ab 1"), text=st.text(st.sampled_from(DISGUISING + "abc אבג 12 ")), after=st.text("cd 2"))
def test_isolated_text_cannot_turn_its_neighbours(before: str, text: str, after: str) -> None:
    shown = isolate(text)
    inside = shown.removeprefix("\u2068").removesuffix("\u2069")
    assert not {unicodedata.bidirectional(one) for one in inside} & {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "PDI"}
    has_rtl = any(unicodedata.bidirectional(one) in {"R", "AL"} for one in inside)
    assert has_rtl == shown.startswith("\u2068") == shown.endswith("\u2069")


def test_text_from_left_to_right_is_isolated_as_it_is() -> None:
    assert isolate("Van 1") == "Van 1"
    assert isolate("Van\u202e 1") == "Van 1"
    assert isolate("סנדר") == "\u2068סנדר\u2069"


def test_escaped_text_shows_all_of_its_characters() -> None:
    assert escape("a\u202eb\nc\U000e0041\ud800 ñ שלום") == "a\\u202eb\\nc\\U000e0041\\ud800 ñ שלום"
    assert escape("a\nb\u2028", keep="\n") == "a\nb\\u2028"
