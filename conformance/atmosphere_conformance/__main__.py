"""Usage: python -m atmosphere_conformance ws://HOST:PORT/PATH [--push TEXT] [--silence S] [--timeout S]

Prints a verdict for each point; the exit code is 0 when none fails, 1 when any does, 2 when nobody is there.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections import Counter

from atmosphere_conformance.checks import POINTS, Failed, Point, Subject
from atmosphere_conformance.wire import Address, Refused


def judge(point: Point, subject: Subject) -> tuple[str, str]:
    """The verdict on a point, and a word on it."""
    try:
        told = point.ask(subject)
    except (Failed, Refused) as failure:
        return "FAIL", str(failure)
    except (OSError, ValueError, KeyError) as failure:
        return "FAIL", f"{type(failure).__name__}: {failure}"
    return ("not asked", "") if told is None else ("pass", told)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m atmosphere_conformance", description=__doc__)
    parser.add_argument("url", help="where the server speaks the protocol, as ws://host:port/path")
    parser.add_argument("--push", default="", help="a message to which the server answers its sender")
    parser.add_argument("--silence", type=float, default=0.0, help="seconds to wait for a heartbeat; 0: not asked")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds to wait for any answer")
    arguments = parser.parse_args()
    try:
        address = Address.of(arguments.url)
    except ValueError as error:
        parser.error(str(error))
    try:
        socket.create_connection((address.host, address.port), arguments.timeout).close()
    except OSError as error:
        print(f"nobody is there: {error}", file=sys.stderr)
        return 2
    subject = Subject(address, arguments.timeout, arguments.silence, arguments.push)
    verdicts: Counter[str] = Counter()
    for one in POINTS:
        verdict, told = judge(one, subject)
        verdicts[verdict] += 1
        numbers = ", ".join(map(str, one.numbers))
        print(f"{verdict:9}  {one.name} [{numbers}]{f': {told}' if told else ''}", flush=True)
    print(f"{verdicts['pass']} passed, {verdicts['FAIL']} failed, {verdicts['not asked']} not asked")
    return 1 if verdicts["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
