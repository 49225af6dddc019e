"""What templates of the admin need for a map."""

from __future__ import annotations

from typing import Any

from django import template

from events.web.pages import map_page

register = template.Library()


@register.simple_tag
def map_settings() -> dict[str, Any]:
    """What the script of a map is told."""
    return map_page()
