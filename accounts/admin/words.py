"""Columns of the Django admin in words, where a green tick and a red cross would call good and bad what is neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin


def word_for(field: str, word: str, *, title: str = "") -> Callable[[Any], str]:
    """A column with this word where the field is true, and nothing where it is not."""

    @admin.display(ordering=field, description=title or word)
    def shown(row: Any) -> str:
        return word if getattr(row, field) else ""

    return shown
