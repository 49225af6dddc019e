"""Other servers that tell many websocket clients of one thing: where they are found, and how they are run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from benchmarks.support.contest import Contender
from benchmarks.support.processes import ROOT

CHANNEL = "updates"
NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so"
BUILD_TIMEOUT_S = 600
# Until what is used most has been compiled to machine code.
JAVA_WARM_UP_S = 10.0
NGINX_CONFIG = """
load_module {module};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
user {user};
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        nchan_channel_id updates;
        location /events {{ nchan_subscriber websocket; nchan_subscriber_first_message newest; }}
        location /publish {{ nchan_publisher http; }}
    }}
}}
"""


class NotFound(Exception):
    """A peer is not on this machine; says what would bring it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server by its name, and what makes a contender of it in a folder of the run. It raises NotFound."""

    name: str
    prepare: Callable[[Path], Contender]


def centrifugo(folder: Path) -> Contender:
    """Centrifugo with clients of its own protocol, in JSON."""
    program = os.environ.get("CENTRIFUGO") or shutil.which("centrifugo")
    if program is None:
        raise NotFound("CENTRIFUGO names no binary, and there is none in PATH")
    config = folder / "centrifugo.json"

    def command(listener: socket.socket) -> list[str]:
        address = {"address": "127.0.0.1", "port": port_of(listener)}
        # Heartbeats are put off.
        client = {"insecure": True, "ping_interval": "600s", "pong_timeout": "300s", "allowed_origins": ["*"]}
        document = {"http_server": address, "http_api": {"insecure": True}, "client": client, "log": {"level": "error"}}
        config.write_text(json.dumps(document))
        return [program, "-c", str(config)]

    connect = {"id": 1, "connect": {}}
    subscribe = {"id": 2, "subscribe": {"channel": CHANNEL}}
    return Contender(
        name="Centrifugo",
        command=command,
        env={},
        path="/connection/websocket",
        publisher=lambda host: ["post", host, "/api/publish", CHANNEL],
        subscription=lambda _: f"{json.dumps(connect)}\n{json.dumps(subscribe)}",
        opens_port=True,
    )


def java_atmosphere(folder: Path) -> Contender:
    """The Java server of the protocol that the product speaks, in Jetty."""
    java = shutil.which("java")
    if java is None:
        raise NotFound("there is no java in PATH")
    classes = _built_atmosphere(folder)
    return Contender(
        name="Java Atmosphere",
        command=lambda listener: [java, "-cp", classes, "PeerServer", str(port_of(listener))],
        env={},
        path="/events",
        publisher=lambda host: ["socket", f"ws://{host}/publish"],
        opens_port=True,
        first_warm_up_s=JAVA_WARM_UP_S,
    )


def _built_atmosphere(folder: Path) -> str:
    """The class path of the program in benchmarks/support/atmosphere, built in a folder of the run."""
    maven = shutil.which("mvn")
    if maven is None:
        raise NotFound("there is no mvn in PATH to build it")
    place = folder / "atmosphere"
    shutil.copytree(ROOT / "benchmarks/support/atmosphere", place)
    built = subprocess.run(
        [maven, "-q", "-B", "-Dstyle.color=never", "compile", "dependency:copy-dependencies"],
        cwd=place,
        stdout=sys.stderr,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    if built.returncode:
        raise NotFound("maven could not build it")
    return f"{place}/target/classes:{place}/target/dependency/*"


def nchan(folder: Path) -> Contender:
    """nginx with nchan."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    module = Path(os.environ.get("NCHAN", NCHAN_MODULE))
    if program is None or not module.exists():
        raise NotFound("there is no nginx, or no module of nchan; NCHAN names another than Debian's")
    config = folder / "nginx.conf"

    def command(listener: socket.socket) -> list[str]:
        config.write_text(NGINX_CONFIG.format(module=module, folder=folder, port=port_of(listener), user=getuser()))
        return [program, "-p", str(folder), "-c", str(config), "-e", "stderr"]

    return Contender(
        name="nchan in nginx",
        command=command,
        env={},
        path="/events",
        publisher=lambda host: ["post", host, "/publish"],
        opens_port=True,
    )


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


PEERS = (Peer("Centrifugo", centrifugo), Peer("Java Atmosphere", java_atmosphere), Peer("nchan in nginx", nchan))


def found(peers: tuple[Peer, ...], folder: Path) -> tuple[list[Contender], Mapping[str, str]]:
    """Those that are on this machine, and why the others are not found, by name."""
    contenders, missing = [], {}
    for peer in peers:
        try:
            contenders.append(peer.prepare(folder))
        except NotFound as reason:
            missing[peer.name] = str(reason)
    return contenders, missing
