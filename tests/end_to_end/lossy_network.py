"""A network of a test's own, in which packets are lost and late, and behind it a place for broker and database.

The kernel's `netem` would do, but many kernels come without it. So packets pass through this process: from a device
of ours to one in a network namespace, and back.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from contextlib import suppress
from typing import Self

import pytest

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_MTU = 1500
_POLL_S = 0.05


def _is_permitted() -> bool:
    """Whether this process may make namespaces and devices."""
    name = f"fleetsphere-probe-{os.getpid()}"
    try:
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, timeout=10).returncode == 0
        if made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=10)
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except (OSError, subprocess.TimeoutExpired):
        return False
    return made


needs_networks = pytest.mark.skipif(not _is_permitted(), reason="no right to make network namespaces, or no iproute2")


class LossyNetwork:
    """A link between this machine and a namespace; what it does to packets can be changed at any time."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.name = f"fleetsphere-{os.getpid()}"
        third = os.getpid() % 250
        self.near, self.far = f"10.213.{third}.1", f"10.213.{third}.2"
        self.loss = 0.0
        """The part of the packets that is lost, in each direction."""
        self.delay_s = 0.0
        """How long each takes at least, in each direction; up to half of that more by chance."""
        self.passed = self.lost = 0
        self._is_ending = False

    def __enter__(self) -> Self:
        self._devices = [_open_tun(f"fs{os.getpid() % 10**6}{side}") for side in "nf"]
        near, far = (f"fs{os.getpid() % 10**6}{side}" for side in "nf")
        _ip("netns", "add", self.name)
        try:
            _ip("link", "set", far, "netns", self.name)
            _ip("addr", "add", self.near, "peer", self.far, "dev", near)
            _ip("link", "set", near, "up")
            for command in (
                ("addr", "add", self.far, "peer", self.near, "dev", far),
                ("link", "set", far, "up"),
                ("link", "set", "lo", "up"),
            ):
                _ip("-n", self.name, *command)
        except BaseException:
            self._remove()
            raise
        self._thread = threading.Thread(target=self._pass_on, name="lossy network", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending = True
        self._thread.join()
        self._remove()

    @property
    def prefix(self) -> list[str]:
        """What makes a command one that runs behind the link."""
        return ["ip", "netns", "exec", self.name]

    def _remove(self) -> None:
        for device in self._devices:
            os.close(device)
        _ip("netns", "del", self.name)

    def _pass_on(self) -> None:
        waiting: list[tuple[float, int, int, bytes]] = []
        other = dict(zip(self._devices, reversed(self._devices), strict=True))
        number = 0
        while not self._is_ending:
            pause_s = min(_POLL_S, max(0.0, waiting[0][0] - time.monotonic())) if waiting else _POLL_S
            ready, _, _ = select.select(self._devices, [], [], pause_s)
            for device in ready:
                packet = os.read(device, _MTU + 100)
                if self._dice.random() < self.loss:
                    self.lost += 1
                    continue
                number += 1
                due = time.monotonic() + self.delay_s * self._dice.uniform(1, 1.5)
                heapq.heappush(waiting, (due, number, other[device], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, device, packet = heapq.heappop(waiting)
                self.passed += 1
                with suppress(OSError):
                    os.write(device, packet)


def _open_tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=20)
