"""Languages of pages: which of them a reader gets, and what a text is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

ENGLISH = "en"
# By their own names, as whoever looks for one does not read the others.
LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "ar": "العربية",
}
FROM_RIGHT = {"ar"}
COOKIE = "language"
# Not among the static files: the server reads them, and an installed package has those elsewhere.
_CATALOGUES = Path(__file__).with_name("catalogues")

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: in which language, and from which side."""

    language: str

    @property
    def direction(self) -> str:
        """What the document says of it."""
        return "rtl" if self.language in FROM_RIGHT else "ltr"

    @property
    def languages(self) -> list[tuple[str, str]]:
        """All there are, with their names."""
        return list(LANGUAGES.items())


def reader_of(request: HttpRequest) -> Reader:
    """In the language that was chosen in this browser, else the first one that it asks for and that is there."""
    chosen = request.COOKIES.get(COOKIE)
    return Reader(chosen if chosen in LANGUAGES else _accepted(request.headers.get("Accept-Language", "")))


def reading(request: HttpRequest) -> dict[str, Any]:
    """What each template knows of its reader (a context processor)."""
    return {"reader": reader_of(request)}


def told_by_language(view: View) -> View:
    """The view, whose answers say in which language they are and what decided it."""

    @wraps(view)
    def tell(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        response = view(request, *args, **values)
        response["Content-Language"] = reader_of(request).language
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return tell


def language_of(locale: str) -> str:
    """The language of a user's setting, as de_DE; English where that is none of these."""
    language = locale.lower()[:2]
    return language if language in LANGUAGES else ENGLISH


def word(text: str, language: str, meaning: str = "", /, **values: Any) -> str:
    """The English text in this language, or as it is where nobody has translated it; `{name}` becomes the value."""
    told = catalogue(language).get(f"{text} @ {meaning}" if meaning else text, text)
    for name, value in values.items():
        told = told.replace(f"{{{name}}}", str(value))
    return told


@cache
def catalogue(language: str) -> dict[str, str]:
    """Translations by their English texts; read once, as a server is started anew for other files."""
    if language == ENGLISH:
        return {}
    texts: dict[str, str] = json.loads((_CATALOGUES / f"{language}.json").read_bytes())
    return texts


def _accepted(header: str) -> str:
    languages = (code.partition("-")[0] for code, quality in parse_accept_lang_header(header.lower()) if quality > 0)
    return next((language for language in languages if language in LANGUAGES), ENGLISH)
