"""Registry of the notices that travel between processes, by name. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

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


class Stream(NamedTuple):
    """Notices that are numbered together: those of an account, or those about a shard of its sources."""

    account_id: int
    shard: int | None = None
    """None: what is about the account as a whole, and all of one that is not split."""

    @property
    def group(self) -> str:
        """The group of the channel layer on which they travel."""
        own = f"account.{self.account_id}"
        return own if self.shard is None else f"{own}.{self.shard}"
