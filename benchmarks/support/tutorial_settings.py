"""Settings of the tutorial's server and of who publishes to it; LAYER names the class of the channel layer."""

import os

SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["daphne", "django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": os.environ["LAYER"],
        "CONFIG": {
            "prefix": os.environ["LAYER"],
            # As many connections as consumers, and no timeout that would end an idle wait for a message.
            "hosts": [{"address": os.environ["REDIS_URL"], "max_connections": 1000, "socket_timeout": None}],
            # Enough that the core layer drops nothing.
            "capacity": 100_000,
        },
    }
}
