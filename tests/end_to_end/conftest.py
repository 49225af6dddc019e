"""A running system: the embedded broker, daphne, and the test's own process as a third part of it.

The test process shares the database and the broker, so what it does through the services reaches daphne's clients
as it would from any other process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from tests.end_to_end.browser import chromium
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.servers import Broker, Daphne, Nginx

if TYPE_CHECKING:
    from tests.end_to_end.mosquitto import Mosquitto

Start = Callable[..., Daphne]


@pytest.fixture(scope="session", autouse=True)
def end_chromium() -> Iterator[None]:
    """After the last test."""
    yield
    chromium.stop()


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def running_mail_room() -> Iterator[MailRoom]:
    """Where the letters of every server go."""
    with MailRoom() as room:
        yield room


@pytest.fixture
def mail_room(running_mail_room: MailRoom) -> MailRoom:
    """The mail room without letters of the tests before, which nobody has read."""
    running_mail_room.clear()
    return running_mail_room


@pytest.fixture(scope="session")
def start_server(
    running_broker: Broker, running_mail_room: MailRoom, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Starts daphne with settings; the same settings give the same process, and a `name` gives another one."""
    call_command("collectstatic", interactive=False, verbosity=0)
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": running_broker.url, **running_mail_room.settings}
    servers: dict[tuple[object, ...], Daphne] = {}
    with ExitStack() as running:

        def start(name: str = "daphne", options: Sequence[str] = (), **settings: str) -> Daphne:
            key = (name, *options, *sorted(settings.items()))
            if key not in servers:
                log = tmp_path_factory.mktemp(name) / "log"
                servers[key] = running.enter_context(Daphne({**environment, **settings}, log, options))
            return servers[key]

        yield start


@pytest.fixture(scope="session")
def running_server(start_server: Start) -> Daphne:
    return start_server()


@pytest.fixture(scope="session")
def running_site(start_server: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    processes = [start_server(name, TRUSTED_PROXIES="127.0.0.1") for name in ("first", "second")]
    with Nginx(processes, tmp_path_factory.mktemp("nginx")) as nginx:
        yield nginx


@pytest.fixture
def broker(running_broker: Broker, settings: Any) -> Broker:
    """The broker, heard and used by this process as well."""
    settings.REDIS_URL = running_broker.url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": running_broker.url}], "prefix": "fleetsphere"},
        }
    }
    return running_broker


@pytest.fixture
def server(running_server: Daphne, broker: Broker, transactional_db: None) -> Iterator[Daphne]:
    """Daphne; the test fails when it logged a bug meanwhile."""
    with logging_no_bug(running_server):
        yield running_server


@pytest.fixture
def nginx_site(running_site: Nginx, broker: Broker, transactional_db: None) -> Iterator[Nginx]:
    """nginx before two processes; the test fails when one of them logged a bug meanwhile."""
    with logging_no_bug(*running_site.processes):
        yield running_site


@pytest.fixture
def serve(start_server: Start, broker: Broker, transactional_db: None) -> Iterator[Start]:
    """Gives a daphne with the settings that a test wants; the test fails when it logged a bug meanwhile."""
    with ExitStack() as watched:

        def serve_with(**settings: Any) -> Daphne:
            server = start_server(**settings)
            watched.enter_context(logging_no_bug(server))
            return server

        yield serve_with


@contextmanager
def logging_no_bug(*servers: Daphne) -> Iterator[None]:
    """Fails when a traceback is logged before the end of the block."""
    logged = [len(server.log_text()) for server in servers]
    yield
    for server, length in zip(servers, logged, strict=True):
        assert "Traceback" not in server.log_text()[length:], server.log_text()[length:]


def database_url() -> str:
    """The address of the test database."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(database['NAME']).resolve()}"
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}" if database["USER"] else ""
    return f"postgres://{login}@{quote(database['HOST'], safe='')}:{database['PORT']}/{database['NAME']}"


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """An MQTT broker of the test's own; only where it is installed, and paho with it."""
    from tests.end_to_end.mosquitto import Mosquitto

    with Mosquitto(tmp_path) as mosquitto:
        yield mosquitto
