"""The commands of docs/operations.md, as they stand there."""

from __future__ import annotations

import re

from tests.end_to_end.servers import ROOT

BLOCK = re.compile(r"^<!-- (?P<mark>[^\n]+) -->\n```sh\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """What stands above each block of commands, and the block."""
    return [(found["mark"], found["text"]) for found in BLOCK.finditer(read())]


def block(containing: str) -> str:
    """The block of commands that contains these words."""
    (text,) = [text for _, text in blocks() if containing in text]
    return text


def read() -> str:
    return (ROOT / "docs" / "operations.md").read_text()
