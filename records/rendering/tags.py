"""Tags as clients write and read them (records §6). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from accounts.wire.schema import nullable, said
from accounts.wire.terms import between, printable, text
from records.rendering.documents import COLOR, described, render

MAX_TAGS_OF_TRACKER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDocument:
    name: Annotated[str, printable(60)]
    color: Annotated[str, COLOR] = "27A9E3"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagBinding:
    tag_id: int
    ordinal: Annotated[int, between(1, MAX_TAGS_OF_TRACKER), "its place among the tracker's tags"]


TAG = described("Tag", TagDocument, avatar_file_name=said(nullable(text()), "always null"))


def render_tag(row: Any) -> dict[str, Any]:
    return render(row, TagDocument, avatar_file_name=None)
