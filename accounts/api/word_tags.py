"""Texts of templates, in the language of who reads them."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from accounts.api.languages import Reader, word

register = template.Library()


@register.simple_tag(name="word", takes_context=True)
def show_word(context: Context, text: str, meaning: str = "", **values: Any) -> str:
    """`{% word "Zones" %}`, `{% word "Letters go to {address}." address=address %}`; `meaning` tells homonyms apart."""
    reader: Reader = context["reader"]
    return word(text, reader.language, meaning, **values)
