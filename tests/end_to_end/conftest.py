"""A running system: the embedded broker, daphne, and the test's own process as a third part of it.

The test process shares the database and the broker, so what it does through the services reaches daphne's clients
as it would from any other process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from tests.end_to_end.servers import Broker, Daphne


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def running_server(
    running_broker: Broker, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Daphne]:
    call_command("collectstatic", interactive=False, verbosity=0)
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": running_broker.url}
    with Daphne(environment, tmp_path_factory.mktemp("daphne") / "log") as server:
        yield server


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
    logged = len(running_server.log_text())
    yield running_server
    assert "Traceback" not in running_server.log_text()[logged:]


def database_url() -> str:
    """The address of the test database."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(database['NAME']).resolve()}"
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}" if database["USER"] else ""
    return f"postgres://{login}@{quote(database['HOST'], safe='')}:{database['PORT']}/{database['NAME']}"
