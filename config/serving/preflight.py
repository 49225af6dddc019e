"""What must be there before anything is served; each that is not is said in a sentence, with what to do."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis, RedisError
from redis.sentinel import Sentinel

from accounts.wire.broker_urls import parse_watched
from config.serving.listening import CannotServe

logger = logging.getLogger(__name__)

BROKER_TIMEOUT_S = 3.0


def check_surroundings(*, processes: int) -> None:
    """Returns when so many processes can serve. Raises CannotServe."""
    if processes > 1 and not settings.REDIS_URL:
        raise CannotServe(
            f"{processes} processes hear of each other by a broker: set REDIS_URL to a Redis or Valkey server,"
            " or serve with one process"
        )
    _check_broker()
    _check_database()
    if not settings.STATIC_ROOT.is_dir():
        logger.warning("there are no static files, which the page and the admin need: run collectstatic first")


def _check_broker() -> None:
    silent: dict[str, str] = {}
    for name, url in zip(settings.CHANNEL_LAYERS, settings.BROKER_URLS, strict=False):
        try:
            _ping(url)
        except ValueError as error:
            raise CannotServe(f"REDIS_URL: {error}") from error
        except (RedisError, OSError) as error:
            silent[name] = str(error)
    for name, reason in silent.items():
        if len(silent) == len(settings.BROKER_URLS):
            raise CannotServe(f"the broker does not answer: {reason}; start it, or correct REDIS_URL")
        logger.warning("the broker %s does not answer: %s; its accounts are read from the database", name, reason)


def _ping(url: str) -> None:
    """Returns when the broker answers. Raises RedisError, OSError, ValueError."""
    waits: dict[str, Any] = {"socket_connect_timeout": BROKER_TIMEOUT_S, "socket_timeout": BROKER_TIMEOUT_S}
    if (watched := parse_watched(url)) is None:
        with Redis.from_url(url, **waits) as broker:
            broker.ping()
        return
    sentinel = Sentinel(watched.sentinels, sentinel_kwargs=waits)  # type: ignore[no-untyped-call]
    try:
        host, port = sentinel.discover_master(watched.master)  # type: ignore[no-untyped-call]
        with Redis(host, port, **waits, **watched.options) as broker:
            broker.ping()
    finally:
        for one in sentinel.sentinels:
            one.close()


def _check_database() -> None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        reason = " ".join(str(error).split())
        raise CannotServe(f"the database does not answer: {reason}; start it, or correct DATABASE_URL") from error
    finally:
        # Each worker opens its own.
        connection.close()
    if missing:
        raise CannotServe(f"the database lacks {len(missing)} migrations: run migrate first")
