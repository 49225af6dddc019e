"""Places as clients write and read them (records §5). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from accounts.wire.schema import object_of, said
from accounts.wire.terms import line, printable
from records.rendering.documents import AREA, ICON, Area, Tags, described, render


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDocument:
    label: Annotated[str, printable(255)]
    location: Annotated[Area, AREA]
    description: Annotated[str, line(1024)] = ""
    external_id: Annotated[str | None, line(32)] = None
    tags: Tags = ()


PLACE = described("Place", PlaceDocument, **ICON, fields=said(object_of({}), "always empty: there are no own fields"))


def render_place(row: Any) -> dict[str, Any]:
    return render(row, PlaceDocument, icon_id=None, avatar_file_name=None, fields={})
