"""Each command that operators are told is run by something, or says that it is not."""

from __future__ import annotations

import re

from tests.deploy.documented import blocks, read
from tests.end_to_end.servers import ROOT


def test_each_block_of_commands_says_what_runs_it() -> None:
    assert len(blocks()) == len(re.findall(r"^```\w", read(), re.MULTILINE))
    assert all(re.match(r"run by tests/\S+$|not run by a test: .+", mark) for mark, _ in blocks())


def test_what_runs_a_block_runs_all_of_them() -> None:
    runners = [mark.removeprefix("run by ") for mark, _ in blocks() if mark.startswith("run by")]
    for path in set(runners):
        ran = re.findall(r'\bblock\("|^documented \d', (ROOT / path).read_text(), re.MULTILINE)
        assert len(ran) == runners.count(path), path


def test_operations_start_with_the_two_commands() -> None:
    first = blocks()[0][1].splitlines()
    assert [line.split()[0].rpartition("/")[2] for line in first] == ["tar", "install.sh"]
