"""What models refuse, as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from accounts.wire.errors import ApiError, ErrorCode, ParameterError


@contextmanager
def told_as_parameters(names: Mapping[str, str]) -> Iterator[None]:
    """Turns a ValidationError into ApiError 7; `names` are the parameters of the fields that are called otherwise."""
    try:
        yield
    except ValidationError as error:
        errors = [ParameterError(names.get(name, name), " ".join(texts)) for name, texts in error.message_dict.items()]
        raise ApiError(ErrorCode.INVALID_PARAMETERS, errors) from error
