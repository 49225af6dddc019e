"""Parameters as the arguments of a function or the fields of a dataclass declare them: described and read. Pure.

An argument is a parameter of its name. What may stand in its annotation:

- a type alone: `int` is an id, `bool` a flag, `str` printable text, an enumeration one of its values;
- `Annotated[type, term]`, and a sentence after it or in its place: `Annotated[int, "0: in none"]`;
- `Annotated[type, Found(…)]`: what the parameter names, which is looked for when all parameters are read;
- a dataclass: its fields are parameters themselves.

A default makes a parameter optional; it is told by the description unless it is None.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from accounts.wire.parameters import Parameters
from accounts.wire.schema import Fields, Optional, open_object, optional, said
from accounts.wire.terms import FLAG, ID, Schema, Term, one_of, printable

Made = TypeVar("Made")
_REQUIRED = inspect.Parameter.empty
_TERMS: dict[Any, Term[Any]] = {int: ID, bool: FLAG, str: printable()}


@dataclass(frozen=True, slots=True)
class Found:
    """How a parameter's value, most often an id, becomes what it stands for."""

    name: str
    """The parameter's, as the argument is called after what is found."""
    term: Term[Any]
    find: Callable[[Any, Any], Any]
    """From who calls, and the value."""
    codes: tuple[int, ...] = ()
    """With which it fails."""


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument that is one parameter."""

    name: str
    term: Term[Any]
    default: Any
    found: Found | None

    def fields(self) -> Iterator[tuple[str, Schema | Optional]]:
        is_required = self.default is _REQUIRED
        yield self.name, self.term if is_required else optional(self.term, default=self.default)

    def read(self, parameters: Parameters) -> Any:
        if self.default is not _REQUIRED and self.name not in parameters:
            return self.default
        return parameters.read(self.name, self.term)

    def find(self, caller: Any, value: Any) -> Any:
        is_absent = value is None and self.default is None
        return value if self.found is None or is_absent else self.found.find(caller, value)


@dataclass(frozen=True, slots=True)
class _Group:
    """An argument that is a dataclass of parameters."""

    make: Callable[..., Any]
    signature: Signature
    found: None = None

    def fields(self) -> Iterator[tuple[str, Schema | Optional]]:
        yield from self.signature.fields.items()

    def read(self, parameters: Parameters) -> Any:
        return self.make(**self.signature.read(parameters))

    def find(self, caller: Any, value: Any) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function or a dataclass takes, by the names of the arguments."""

    arguments: Mapping[str, _Argument | _Group]

    @property
    def fields(self) -> Fields:
        """The parameters, described."""
        return dict(field for argument in self.arguments.values() for field in argument.fields())

    @property
    def codes(self) -> set[int]:
        """With which it fails that something is not found, or may not be used."""
        return {code for argument in self.arguments.values() if argument.found for code in argument.found.codes}

    def read(self, parameters: Parameters) -> dict[str, Any]:
        """The values of all arguments, read in their order.

        Raises ApiError INVALID_PARAMETERS, or what a term raises.
        """
        return {name: argument.read(parameters) for name, argument in self.arguments.items()}

    def find(self, caller: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with what they stand for in the place of ids."""
        return {name: self.arguments[name].find(caller, value) for name, value in values.items()}


def signature_of(declared: Callable[..., Any], *, skipping: int = 0) -> Signature:
    """The signature of a function, without its first arguments, or of a dataclass."""
    hints = get_type_hints(declared, include_extras=True)
    arguments = list(inspect.signature(declared).parameters.values())[skipping:]
    return Signature({one.name: _argument(one.name, hints[one.name], one.default) for one in arguments})


def fields_of(declared: Callable[..., Any]) -> Fields:
    """What a dataclass declares, described."""
    return signature_of(declared).fields


def document(made: type[Made]) -> Term[Made]:
    """An object whose members are the fields of a dataclass."""
    signature = signature_of(made)
    return open_object(signature.fields).then(lambda name, parameters: made(**signature.read(parameters)))


def bare_type(hint: Any) -> Any:
    """The type of what an annotation says, without what it says beside it, and without None."""
    return _without_none(hint)[0]


def _argument(name: str, hint: Any, default: Any) -> _Argument | _Group:
    kind, marks = _without_none(hint)
    found = next((mark for mark in marks if isinstance(mark, Found)), None)
    term = found.term if found else next((mark for mark in marks if isinstance(mark, Term)), None)
    if term is None and is_dataclass(kind):
        return _Group(kind, signature_of(kind))  # type: ignore[arg-type]
    term = term if term is not None else _term_of(kind)
    sentence = next((mark for mark in marks if isinstance(mark, str)), None)
    return _Argument(
        name=found.name if found else name,
        term=said(term, sentence) if sentence else term,
        default=default,
        found=found,
    )


def _without_none(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type of what an argument is, and what the annotation says beside it."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        kind, more = _without_none(inner)
        return kind, (*marks, *more)
    if get_origin(hint) in (Union, types.UnionType):
        (one,) = (one for one in get_args(hint) if one is not type(None))
        return _without_none(one)
    return hint, ()


def _term_of(kind: Any) -> Term[Any]:
    return one_of(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else _TERMS[kind]
