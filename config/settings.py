"""Settings of Fleetsphere, all read from the environment; docs/settings.md lists them.

A value that cannot be understood stops the start with a message; nothing is guessed.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from accounts.wire.broker_urls import split_urls
from config.brokers import caches, channel_layers
from config.database import Waits, bounded
from config.maps import Ground, read_grounds, read_map_file
from config.overlays import read_overlays
from config.places import PACKAGED_STATIC, ROOT, packages_served

env = Env()


def _positive(name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error


def _parse_public_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        is_whole = None
    if not is_whole:
        raise ImproperlyConfigured("PUBLIC_URL must be an address such as https://fleet.example")
    return parts


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "not-a-secret-" * 4 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; only DEBUG=1 starts without one")
# The site as users see it; begins the links in letters. Not taken from requests, where a stranger could name any host.
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
PUBLIC_PARTS = _parse_public_url(PUBLIC_URL)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", PUBLIC_PARTS.hostname])
# Origins (scheme://host[:port]) whose pages may call and connect; empty allows any, as no cookie is involved.
ALLOWED_ORIGINS: list[str] = env.list("ALLOWED_ORIGINS", [])

DATA_DIR = Path(env.str("DATA_DIR", "var"))
if not DATA_DIR.is_absolute():
    DATA_DIR = ROOT / DATA_DIR
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR cannot be made: {error}") from error

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static.StaticFiles",
    "corsheaders",
    "import_export",
    "config",
    "accounts",
    "trackers",
    "records",
    "alerts",
    "events",
]

MIDDLEWARE = [
    "config.forwarding.believe_trusted_proxies",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
# The API answers with and without a slash at the end; a redirect would turn a POST into a GET.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.api.languages.reading",
            ],
            "libraries": {"fleet_map": "events.web.map_tags", "words": "accounts.api.word_tags"},
        },
    }
]

# In seconds; docs/operations.md says what each is for.
DATABASE_WAITS = Waits(
    connect_s=_positive("DATABASE_CONNECT_TIMEOUT_S", 5),
    network_s=_positive("DATABASE_NETWORK_TIMEOUT_S", 10),
    lock_s=_positive("DATABASE_LOCK_TIMEOUT_S", 5),
    statement_s=_positive("DATABASE_STATEMENT_TIMEOUT_S", 30),
    idle_s=_positive("DATABASE_IDLE_TIMEOUT_S", 10),
)
DATABASES = {"default": bounded(env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}"), DATABASE_WAITS)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that a server started by a test sees the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URLS = split_urls(env.str("REDIS_URL", ""))
# The first holds besides what belongs to no account: the cache, marks, and what processes tell each other of clients.
REDIS_URL = BROKER_URLS[0] if BROKER_URLS else ""
REDIS_PREFIX = env.str("REDIS_PREFIX", "fleetsphere")
try:
    CHANNEL_LAYERS = channel_layers(BROKER_URLS, REDIS_PREFIX)
except ValueError as error:
    raise ImproperlyConfigured(f"REDIS_URL: {error}") from error
if REDIS_URL:
    CACHES = caches(REDIS_URL, REDIS_PREFIX)

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
MIN_PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "title", "first_name", "last_name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_LIFETIME_DAYS = _positive("SESSION_LIFETIME_DAYS", 30)
# Programs that log in for every connection and every alarm are many logins a day; the next one is refused with 104.
MAX_SESSIONS_PER_USER = _positive("MAX_SESSIONS_PER_USER", 10_000)
# How many logins may fail within the window before code 105 (docs/decisions/0016): of one address for one login, of one
# address, for one login. The last two keep nobody out at an address that the login succeeded from before.
LOGIN_ATTEMPTS = _positive("LOGIN_ATTEMPTS", 10)
LOGIN_ATTEMPTS_PER_ADDRESS = _positive("LOGIN_ATTEMPTS_PER_ADDRESS", 100)
LOGIN_ATTEMPTS_PER_LOGIN = _positive("LOGIN_ATTEMPTS_PER_LOGIN", 100)
LOGIN_ATTEMPTS_WINDOW_S = _positive("LOGIN_ATTEMPTS_WINDOW_S", 900)
KNOWN_ADDRESS_DAYS = _positive("KNOWN_ADDRESS_DAYS", 30)
SECOND_FACTOR_LIFETIME_MIN = _positive("SECOND_FACTOR_LIFETIME_MIN", 15)
RESTORE_LIFETIME_MIN = _positive("RESTORE_LIFETIME_MIN", 60)
INVITATION_LIFETIME_DAYS = _positive("INVITATION_LIFETIME_DAYS", 7)
# Of one account: these letters go to whomever it names.
INVITATIONS_PER_HOUR = _positive("INVITATIONS_PER_HOUR", 20)
# Share links: of one account, and for how long one shows something that was made without an end.
MAX_SHARE_LINKS_PER_ACCOUNT = _positive("MAX_SHARE_LINKS_PER_ACCOUNT", 1_000)
SHARE_LINK_DAYS = _positive("SHARE_LINK_DAYS", 30)
# Of one address, within a second.
MAX_WRONG_SHARE_LINKS_PER_SECOND = _positive("MAX_WRONG_SHARE_LINKS_PER_SECOND", 5)
# Which sites may show the pages of share links in frames: sources of a CSP's frame-ancestors.
SHARE_FRAME_ANCESTORS = env.str("SHARE_FRAME_ANCESTORS", "*", validate=validate.Regexp(r"[^;,\s][^;,\r\n]*"))

# Without a mail server letters go to the standard output.
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = _positive("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("EMAIL_USE_TLS and EMAIL_USE_SSL are two ways to do the same: set one")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Fleetsphere <noreply@localhost>")
# Calls of the API, by one session or API key and from one address (api §1.8).
MAX_REQUESTS_PER_SECOND = _positive("MAX_REQUESTS_PER_SECOND", 50)
MAX_REQUESTS_PER_SECOND_PER_ADDRESS = _positive("MAX_REQUESTS_PER_SECOND_PER_ADDRESS", 200)
# Requests for events over HTTP from one address: polls, pushes and the openings of streams.
MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS = _positive("MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS", 1_000)

ATMOSPHERE_CLIENT_HEARTBEAT_MS = env.int("ATMOSPHERE_CLIENT_HEARTBEAT_MS", 30_000, validate=validate.Range(min=0))
ATMOSPHERE_SERVER_HEARTBEAT_S = _positive("ATMOSPHERE_SERVER_HEARTBEAT_S", 30)
ATMOSPHERE_AWAY_S = _positive("ATMOSPHERE_AWAY_S", 60)
# A client is known by its tracking id together with the network address that it connects from.
ATMOSPHERE_BIND_ADDRESS = env.bool("ATMOSPHERE_BIND_ADDRESS", True)
# From so many trackers on the page follows an account where its map is.
AREA_FROM_TRACKERS = env.int("AREA_FROM_TRACKERS", 20_000, validate=validate.Range(min=0))
# Trackers from which on an account is split by source between processes; 0: none is.
SPLIT_FROM_TRACKERS = env.int("SPLIT_FROM_TRACKERS", 0, validate=validate.Range(min=0))
MAX_CONNECTIONS = _positive("MAX_CONNECTIONS", 20_000)
MAX_CONNECTIONS_PER_ADDRESS = _positive("MAX_CONNECTIONS_PER_ADDRESS", 5_000)
# Clients of one session or API key, and sessions and API keys of one client.
MAX_CONNECTIONS_PER_LOGIN = _positive("MAX_CONNECTIONS_PER_LOGIN", 1_000)
MAX_HASHES_PER_CONNECTION = _positive("MAX_HASHES_PER_CONNECTION", 20)
# What one client may ask, by whatever transport.
MAX_COMMANDS_PER_SECOND = _positive("MAX_COMMANDS_PER_SECOND", 100)
MAX_TRACKERS_PER_COMMAND = _positive("MAX_TRACKERS_PER_COMMAND", 50_000)
MAX_MESSAGE_BYTES = _positive("MAX_MESSAGE_BYTES", 1024 * 1024)
# Bodies of requests that are being read, or dealt with; others get 503.
MAX_BODY_BYTES_IN_HAND = _positive("MAX_BODY_BYTES_IN_HAND", 256 * 1024 * 1024)
# What a process keeps for clients that do not read: in all, for one address, and for all that have no login.
MAX_WAITING_BYTES = _positive("MAX_WAITING_BYTES", 512 * 1024 * 1024)
MAX_WAITING_BYTES_PER_ADDRESS = _positive("MAX_WAITING_BYTES_PER_ADDRESS", 256 * 1024 * 1024)
MAX_WAITING_BYTES_OF_STRANGERS = _positive("MAX_WAITING_BYTES_OF_STRANGERS", 16 * 1024 * 1024)
# A websocket whose client takes nothing and says nothing for so long is cut.
CLIENT_STALL_S = _positive("CLIENT_STALL_S", 300)
# Who shows it may read /metrics; without one nobody may.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Who is believed about the address of a client, in X-Forwarded-For.
TRUSTED_PROXIES: list[IPv4Network | IPv6Network] = env.list("TRUSTED_PROXIES", [], subcast=_network)
# Items of a state_batch: `event`, with the ids of the tracker and the source, or the bare `state` (api §7.2).
STATE_BATCH_ITEM = env.str("STATE_BATCH_ITEM", "event", validate=validate.OneOf(["event", "state"]))
# The ids of a legacy subscription stand beside `value` and `success` in its response as well (api §7.1).
LEGACY_STATUS_KEYS = env.bool("LEGACY_STATUS_KEYS", True)

IDLE_TIMEOUT_S = _positive("IDLE_TIMEOUT_S", 300)
OFFLINE_TIMEOUT_S = _positive("OFFLINE_TIMEOUT_S", 600)
if OFFLINE_TIMEOUT_S <= IDLE_TIMEOUT_S:
    raise ImproperlyConfigured("OFFLINE_TIMEOUT_S must be larger than IDLE_TIMEOUT_S")

# Days for which reports are kept; 0: for ever. And the longest period that one call may ask of tracks.
HISTORY_DAYS = env.int("HISTORY_DAYS", 365, validate=validate.Range(min=0, max=36_500))
MAX_TRACK_DAYS = _positive("MAX_TRACK_DAYS", 92)
# Where days are that `archive_history` took out of the database: a folder, or a bucket of an S3 store.
HISTORY_ARCHIVE = env.str("HISTORY_ARCHIVE", "", validate=validate.Regexp(r"\A((file://)?/|s3://[^@/?]+[^@]*\Z)?"))
MAX_ZONES_PER_ACCOUNT = _positive("MAX_ZONES_PER_ACCOUNT", 10_000)
MAX_ZONE_POINTS_PER_ACCOUNT = _positive("MAX_ZONE_POINTS_PER_ACCOUNT", 250_000)

# Days for which alerts are kept; 0: for ever. And the longest period that one call may ask of them.
ALERT_DAYS = env.int("ALERT_DAYS", 366, validate=validate.Range(min=0, max=36_500))
MAX_ALERT_PERIOD_DAYS = _positive("MAX_ALERT_PERIOD_DAYS", 120)
MAX_ALERT_RULES_PER_ACCOUNT = _positive("MAX_ALERT_RULES_PER_ACCOUNT", 1_000)
# So far outside of a zone a tracker must be to have left it.
ZONE_EXIT_MARGIN_M = env.int("ZONE_EXIT_MARGIN_M", 20, validate=validate.Range(min=0, max=10_000))
# Whether begin and end of each trip are among the alerts, also where no rule asks for it.
LOG_TRIPS = env.bool("LOG_TRIPS", True)
# What happened longer ago when it was stored makes no letter and no pop-up.
ALERT_MAX_AGE_S = _positive("ALERT_MAX_AGE_S", 900)
# To one address, of an account; what is over is summed up in one letter at the end of the hour.
LETTERS_PER_HOUR = _positive("LETTERS_PER_HOUR", 20)
# Whether webhooks may lead to private, loopback and link-local addresses.
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", False)
GEOCODER_URL = env.str("GEOCODER_URL", "")
GEOCODER_REQUESTS_PER_SECOND = _positive("GEOCODER_REQUESTS_PER_SECOND", 1)
ROUTER_URL = env.str("ROUTER_URL", "")
ROUTER_REQUESTS_PER_SECOND = _positive("ROUTER_REQUESTS_PER_SECOND", 5)
# TrueType fonts of PDF, each for the letters that those before it lack; those that are not there are passed over.
REPORT_FONTS = env.list(
    "REPORT_FONTS",
    [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
        "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    ],
)
REPORT_DAYS = env.int("REPORT_DAYS", 30, validate=validate.Range(min=0, max=36_500))

# More than that can be registered by the admin only.
MAX_TRACKERS_PER_ACCOUNT = _positive("MAX_TRACKERS_PER_ACCOUNT", 10_000)

# What one request of a device may bring; more is refused with 413.
INGEST_MAX_BYTES = _positive("INGEST_MAX_BYTES", 4 * 1024 * 1024)
INGEST_MAX_REPORTS = _positive("INGEST_MAX_REPORTS", 10_000)
# Requests that bring reports, from one address and of one device; more get 429.
INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS = _positive("INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS", 1_000)
INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE = _positive("INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE", 100)
# A transaction that is not done by then is waited for no longer: its connection may be dead.
INGEST_TIMEOUT_S = _positive("INGEST_TIMEOUT_S", 8)

# The MQTT broker that `manage.py ingest_mqtt` takes reports from.
MQTT_URL = env.str("MQTT_URL", "")
if MQTT_URL and not MQTT_URL.startswith(("mqtt://", "mqtts://")):
    raise ImproperlyConfigured("MQTT_URL must begin with mqtt:// or mqtts://")
if MQTT_URL and not urlsplit(MQTT_URL).hostname:
    raise ImproperlyConfigured("MQTT_URL names no host")
MQTT_PROTOCOL = env.str("MQTT_PROTOCOL", "5", validate=validate.OneOf(["5", "3.1.1"]))
MQTT_CLIENT_ID = env.str("MQTT_CLIENT_ID", "fleetsphere")
# Several processes with the same name share the messages of the broker.
MQTT_SHARE = env.str("MQTT_SHARE", "", validate=validate.Regexp(r"\A[^/+#\s]*\Z"))
# PEM files: whom to believe instead of the system's authorities, and what to show a broker that asks who we are.
MQTT_CA_FILE = env.str("MQTT_CA_FILE", "")
MQTT_CERT_FILE = env.str("MQTT_CERT_FILE", "")
MQTT_KEY_FILE = env.str("MQTT_KEY_FILE", "")
# A certificate for another name is believed if this is off; one of an unknown authority never is.
MQTT_CHECK_HOSTNAME = env.bool("MQTT_CHECK_HOSTNAME", True)
if MQTT_URL.startswith("mqtt://") and (MQTT_CA_FILE or MQTT_CERT_FILE):
    raise ImproperlyConfigured("MQTT_CA_FILE and MQTT_CERT_FILE are for TLS: MQTT_URL must begin with mqtts://")
if MQTT_KEY_FILE and not MQTT_CERT_FILE:
    raise ImproperlyConfigured("MQTT_KEY_FILE is the key of MQTT_CERT_FILE, which is not set")
# Whether devices are sent commands by that broker, whose access list must keep devices apart then.
MQTT_COMMANDS = env.bool("MQTT_COMMANDS", False)
if MQTT_COMMANDS and not MQTT_URL:
    raise ImproperlyConfigured("MQTT_COMMANDS needs MQTT_URL, which names the broker")
# The Traccar server by whose API the devices behind it are sent commands; empty: none.
TRACCAR_API_URL = env.str("TRACCAR_API_URL", "", validate=validate.Regexp(r"(https?://[^@?#\s/]+[^@?#\s]*)?\Z"))
TRACCAR_API_TOKEN = env.str("TRACCAR_API_TOKEN", "")
if bool(TRACCAR_API_URL) != bool(TRACCAR_API_TOKEN):
    raise ImproperlyConfigured("TRACCAR_API_URL and TRACCAR_API_TOKEN need each other")
DEVICE_COMMAND_LIFETIME_S = env.int("DEVICE_COMMAND_LIFETIME_S", 86_400, validate=validate.Range(60, 2_592_000))
DEVICE_COMMANDS_PER_MINUTE = _positive("DEVICE_COMMANDS_PER_MINUTE", 60)
DEVICE_COMMAND_DAYS = env.int("DEVICE_COMMAND_DAYS", 366, validate=validate.Range(1, 36_500))

# Maps of the pages: a file of this server; and others' style documents, or raster tiles with {z}/{x}/{y}. With none of
# them the land map that ships is shown.
MAP_FILE = read_map_file(env.str("MAP_FILE", ""))
MAP_ATTRIBUTION = env.str("MAP_ATTRIBUTION", "")
_MAP_URL = env.str("MAP_STYLE_URL", "") or env.str("MAP_TILES_URL", "")
_MAP = [Ground("Map", _MAP_URL, MAP_ATTRIBUTION)] if _MAP_URL else []
MAP_GROUNDS = [*_MAP, *read_grounds(env.str("MAP_STYLES", ""))]
# So many of them come before the file.
MAP_GROUNDS_FIRST = len(_MAP)
MAP_OVERLAYS = read_overlays(env.str("MAP_OVERLAYS", ""))

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGED_STATIC if PACKAGED_STATIC.is_dir() else DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.BundledStorage"},
}
STATICFILES_DIRS = packages_served()

DATA_UPLOAD_MAX_MEMORY_SIZE = _positive("MAX_REQUEST_BYTES", 1024 * 1024)
SECURE_CONTENT_TYPE_NOSNIFF = True
# A site of https: is one of https: only (docs/decisions/0040).
IS_HTTPS = PUBLIC_PARTS.scheme == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_SSL_HOST = PUBLIC_PARTS.netloc
# Who watches over the process asks it without TLS, and many devices know none; reports to the bare host come in before.
SECURE_REDIRECT_EXEMPT = [r"^(?:healthz|readyz|metrics)$", r"^(?:(?:v2|api-v2|api)/)?ingest/"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{PUBLIC_PARTS.netloc}"] if IS_HTTPS else []
HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 3600, validate=validate.Range(min=0))
SECURE_HSTS_SECONDS = HSTS_SECONDS if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
if SECURE_HSTS_PRELOAD and not SECURE_HSTS_INCLUDE_SUBDOMAINS:
    raise ImproperlyConfigured("HSTS_PRELOAD needs HSTS_SUBDOMAINS: browsers keep no other kind of list")
# `check --deploy` wants both. They bind other sites of the domain, which only its owner can answer for, and a browser
# cannot be told otherwise afterwards: so they are on where the operator says so, and not spoken of where not.
SILENCED_SYSTEM_CHECKS = [
    check
    for check, is_on in (("security.W005", SECURE_HSTS_INCLUDE_SUBDOMAINS), ("security.W021", SECURE_HSTS_PRELOAD))
    if not is_on
]
CORS_ALLOW_ALL_ORIGINS = not ALLOWED_ORIGINS
CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS
CORS_URLS_REGEX = r"^/(?!admin/)"
CORS_EXPOSE_HEADERS = ["etag", "retry-after"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "if-none-match",
    "nvx-iso-datetime",
    "x-requested-with",
]

LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.logs.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"outages": {"()": "config.logs.LayerOutageFilter"}, "floods": {"()": "config.logs.FloodFilter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["floods"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django repeats each 4xx answer here, with the whole path.
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        # At the devices' door, of each request that is none.
        "uvicorn.error": {"level": "ERROR"},
        "channels_redis.pubsub": {"filters": ["outages"]},
    },
}
