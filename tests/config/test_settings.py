"""Settings are read strictly: what cannot be understood stops the start."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from config import settings

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Reads the settings anew, from an environment with nothing but the variables given."""
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "DEBUG",
        "ALLOWED_HOSTS",
        "ALLOWED_ORIGINS",
        "SECRET_KEY",
        "LOG_LEVEL",
        "TRUSTED_PROXIES",
        "INGEST_TIMEOUT_S",
        "DATABASE_LOCK_TIMEOUT_S",
        "MAX_REQUESTS_PER_SECOND",
        "MAX_REQUESTS_PER_SECOND_PER_ADDRESS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    def read(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(Path(settings.__file__)))

    return read


def test_a_key_is_enough(read: Read, tmp_path: Path) -> None:
    values = read(SECRET_KEY="k" * 50)
    assert values["DEBUG"] is False
    assert (values["SESSION_LIFETIME_DAYS"], values["IDLE_TIMEOUT_S"], values["OFFLINE_TIMEOUT_S"]) == (30, 300, 600)
    assert values["DATABASES"]["default"]["NAME"] == str(tmp_path / "data" / "db.sqlite3")
    assert values["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"
    assert values["CORS_ALLOW_ALL_ORIGINS"] is True
    assert (values["MAX_REQUESTS_PER_SECOND"], values["MAX_REQUESTS_PER_SECOND_PER_ADDRESS"]) == (50, 200)


def test_without_a_key_only_debugging_starts(read: Read) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        read()
    assert read(DEBUG="1")["SECRET_KEY"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("SESSION_LIFETIME_DAYS", "0"),
        ("SESSION_LIFETIME_DAYS", "a month"),
        ("IDLE_TIMEOUT_S", "-1"),
        ("OFFLINE_TIMEOUT_S", "1.5"),
        ("ATMOSPHERE_CLIENT_HEARTBEAT_MS", "-1"),
        ("ATMOSPHERE_SERVER_HEARTBEAT_S", "0"),
        ("ATMOSPHERE_AWAY_S", "0"),
        ("ATMOSPHERE_BIND_ADDRESS", "sometimes"),
        ("MAX_CONNECTIONS", "0"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "many"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,300.0.0.1"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("LEGACY_STATUS_KEYS", "some"),
        ("DATABASE_LOCK_TIMEOUT_S", "0"),
        ("INGEST_TIMEOUT_S", "soon"),
        ("DATABASE_URL", "nonsense"),
    ],
)
def test_an_unreadable_value_stops_the_start(read: Read, name: str, value: str) -> None:
    with pytest.raises((EnvError, ImproperlyConfigured), match=name):
        read(SECRET_KEY="k" * 50, **{name: value})


@pytest.mark.parametrize(("idle", "offline"), [("600", "600"), ("601", "600"), ("600", "")])
def test_a_source_turns_idle_before_it_turns_offline(read: Read, idle: str, offline: str) -> None:
    variables = {"IDLE_TIMEOUT_S": idle} | ({"OFFLINE_TIMEOUT_S": offline} if offline else {})
    with pytest.raises(ImproperlyConfigured, match="OFFLINE_TIMEOUT_S"):
        read(SECRET_KEY="k" * 50, **variables)


def test_every_wait_for_the_database_has_a_bound(read: Read) -> None:
    options = read(SECRET_KEY="k" * 50)["DATABASES"]["default"]["OPTIONS"]
    assert options["timeout"] == 5
    options = read(DATABASE_URL="postgres://fleet@db/fleet?connect_timeout=2")["DATABASES"]["default"]["OPTIONS"]
    assert (options["connect_timeout"], options["tcp_user_timeout"]) == (2, 10_000)
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] <= 10
    bounds = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s"
    assert options["options"] == bounds
    options = read(DATABASE_URL="postgres://fleet@db/fleet?options=-c%20work_mem%3D8MB")["DATABASES"]["default"][
        "OPTIONS"
    ]
    assert options["options"] == f"{bounds} -c work_mem=8MB"


def test_a_broker_is_used_when_it_is_named(read: Read) -> None:
    layer = read(SECRET_KEY="k" * 50, REDIS_URL="redis://broker:6379/1")["CHANNEL_LAYERS"]["default"]
    assert layer["BACKEND"] == "config.pubsub.PipelinedLayer"
    assert layer["CONFIG"]["hosts"][0]["address"] == "redis://broker:6379/1"


def test_each_broker_has_a_layer_and_the_first_has_the_cache(read: Read) -> None:
    values = read(SECRET_KEY="k" * 50, REDIS_URL="redis://a, redis+sentinel://b,c:1/fleet")
    hosts = {name: layer["CONFIG"]["hosts"][0] for name, layer in values["CHANNEL_LAYERS"].items()}
    assert hosts["default"]["address"] == values["CACHES"]["default"]["LOCATION"] == "redis://a"
    assert hosts["broker-2"]["sentinels"] == [("b", 26379), ("c", 1)]
    prefixes = [layer["CONFIG"]["prefix"] for layer in values["CHANNEL_LAYERS"].values()]
    assert len(set(prefixes)) == 2


def test_broker_without_a_master_is_refused(read: Read) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        read(SECRET_KEY="k" * 50, REDIS_URL="redis+sentinel://b,c:1")


def test_origins_can_be_narrowed(read: Read) -> None:
    values = read(SECRET_KEY="k" * 50, ALLOWED_ORIGINS="https://a.example,https://b.example")
    assert values["CORS_ALLOW_ALL_ORIGINS"] is False
    assert values["CORS_ALLOWED_ORIGINS"] == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("value", "networks"),
    [
        ("", []),
        ("127.0.0.1", ["127.0.0.1/32"]),
        ("10.0.0.0/8,2001:db8::/32", ["10.0.0.0/8", "2001:db8::/32"]),
        ("10.0.0.0/8, ::1", ["10.0.0.0/8", "::1/128"]),
    ],
)
def test_trusted_proxies_are_addresses_and_networks(read: Read, value: str, networks: list[str]) -> None:
    values = read(SECRET_KEY="k" * 50, TRUSTED_PROXIES=value)
    assert [str(network) for network in values["TRUSTED_PROXIES"]] == networks


def test_clients_are_bound_and_kept_by_default(read: Read) -> None:
    values = read(SECRET_KEY="k" * 50)
    assert (values["ATMOSPHERE_BIND_ADDRESS"], values["ATMOSPHERE_AWAY_S"]) == (True, 60)
    values = read(SECRET_KEY="k" * 50, ATMOSPHERE_BIND_ADDRESS="0", ATMOSPHERE_AWAY_S="5")
    assert (values["ATMOSPHERE_BIND_ADDRESS"], values["ATMOSPHERE_AWAY_S"]) == (False, 5)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MQTT_URL": "mqtts://"}, "names no host"),
        ({"MQTT_URL": "mqtt://broker", "MQTT_CA_FILE": "ca.pem"}, "must begin with mqtts://"),
        ({"MQTT_URL": "mqtt://broker", "MQTT_CERT_FILE": "us.pem"}, "must begin with mqtts://"),
        ({"MQTT_URL": "mqtts://broker", "MQTT_KEY_FILE": "us.key"}, "MQTT_CERT_FILE, which is not set"),
    ],
)
def test_tls_settings_of_mqtt_that_do_nothing_stop_the_start(read: Read, variables: dict[str, str], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        read(SECRET_KEY="k" * 50, **variables)
