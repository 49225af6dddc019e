"""Addresses of places: asked for here, told by the app to the right that knows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


class AddressBook(Protocol):
    """Who knows addresses."""

    def is_open(self) -> bool:
        """Whether it may know any."""

    def look_up(self, places: Collection[Place], user_id: int) -> Mapping[Place, str]:
        """Those that it has at hand, in the language of a user; it waits for nothing."""


_books: list[AddressBook] = []


def look_up_in(book: AddressBook) -> None:
    """Has addresses be looked up there."""
    _books.append(book)


def is_there_a_book() -> bool:
    """Whether it is worth while to find out of which places addresses would be wanted."""
    return any(book.is_open() for book in _books)


def addresses_of(places: Collection[Place], user_id: int) -> dict[Place, str]:
    """The addresses that are known, in the language of a user; what is not known now may be later (records §11)."""
    told: dict[Place, str] = {}
    for book in _books:
        told |= book.look_up(places, user_id) if book.is_open() else {}
    return told
