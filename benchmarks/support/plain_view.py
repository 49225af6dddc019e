"""A plain Django project whose one view saves one row per request: settings, model, view and application in one.

It has what `startproject` gives, and the product's database options, so that the comparison is about the way in alone.
"""

from __future__ import annotations

import os

import dj_database_url
import django
from django.conf import settings

DATABASE = dj_database_url.parse(os.environ["DATABASE_URL"])
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }

settings.configure(
    SECRET_KEY="only-for-benchmarks",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": DATABASE},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402


class Position(models.Model):
    device_id = models.CharField(max_length=64, db_index=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    speed = models.FloatField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "plain"


def save_position(request: HttpRequest) -> HttpResponse:
    fields = request.GET
    Position.objects.create(  # type: ignore[attr-defined]
        device_id=fields["id"],
        latitude=float(fields["lat"]),
        longitude=float(fields["lon"]),
        speed=float(fields["speed"]),
    )
    return HttpResponse()


urlpatterns = [path("ingest/osmand", save_position)]

with connection.schema_editor() as editor:
    editor.create_model(Position)
connection.close()

application = get_asgi_application()
