"""Registry of the notices that travel between processes, by name. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

NoticeClass = TypeVar("NoticeClass", bound=type)
_classes: dict[str, type] = {}


def notice(kind: str) -> Callable[[NoticeClass], NoticeClass]:
    """Registers a dataclass as a notice that travels under the name `kind`."""

    def register(cls: NoticeClass) -> NoticeClass:
        _classes[kind] = cls
        cls.kind = kind  # type: ignore[attr-defined]
        return cls

    return register


def notice_class(kind: str) -> type:
    """The class of the notices that travel under the name `kind`; KeyError when nobody registered it."""
    return _classes[kind]
