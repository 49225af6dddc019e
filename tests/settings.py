"""The product's settings with the few values that tests need."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)
os.environ.setdefault("DATA_DIR", str(ROOT / "var" / "tests"))
# Of several processes that run tests each has its own directory, which those that it starts share.
if worker := os.environ.pop("PYTEST_XDIST_WORKER", ""):
    os.environ["DATA_DIR"] = str(Path(os.environ["DATA_DIR"]) / worker)
# Tests call from one address, faster than people do; those of the limits set their own.
os.environ.setdefault("MAX_REQUESTS_PER_SECOND", "100000")
os.environ.setdefault("MAX_REQUESTS_PER_SECOND_PER_ADDRESS", "100000")
os.environ.setdefault("MAX_COMMANDS_PER_SECOND", "100000")
os.environ.setdefault("INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS", "100000")
os.environ.setdefault("INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE", "100000")
os.environ.setdefault("MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS", "100000")
# Tests that hear what accounts are told would hear of each trip; those of trips log them.
os.environ.setdefault("LOG_TRIPS", "0")
# How long a batch of reports or another writer takes is up to the machine; tests of these bounds set their own.
os.environ.setdefault("INGEST_TIMEOUT_S", "60")
os.environ.setdefault("DATABASE_LOCK_TIMEOUT_S", "30")
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url

from config.settings import *  # noqa: E402, F403

# A password check costs a tenth of a second with argon2; one test of accounts asks for the real hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What is served is the same; compressing it costs each process that runs tests ten seconds.
SERVESTATIC_USE_GZIP = False
