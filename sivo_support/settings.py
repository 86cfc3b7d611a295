"""All settings, in one file, from the environment: see `.env.example` for each variable."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sivo_support import local_stack
from sivo_support.api_document import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from sivo_support.logs import logging_settings
from sivo_support.schedule import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

# --- what kind of place this is ------------------------------------------------------------
PRODUCTION = env.bool("SIVO_PRODUCTION", default=False)
DEBUG = env.bool("DJANGO_DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DJANGO_DEBUG must be off when SIVO_PRODUCTION is on.")

if PRODUCTION:
    SECRET_KEY = env.str("DJANGO_SECRET_KEY")
    # Fernet keys, newest first; every one of them still decrypts.
    SECRETS_KEYS = env.list("SIVO_SECRETS_KEYS")
    ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS")
    if not (SECRET_KEY and SECRETS_KEYS and ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "DJANGO_SECRET_KEY, SIVO_SECRETS_KEYS and DJANGO_ALLOWED_HOSTS must not be empty "
            "when SIVO_PRODUCTION is on."
        )
    for _name in ("DATABASE_URL", "REDIS_URL"):
        # The embedded servers are for a laptop: never fall back to them silently.
        env.str(_name)
else:
    SECRET_KEY = env.str("DJANGO_SECRET_KEY", default=local_stack.local_secret("django"))
    SECRETS_KEYS = env.list("SIVO_SECRETS_KEYS", default=[local_stack.local_secret("fernet")])
    ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Older ones, newest first: what they signed is still believed.
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("SIVO_PUBLIC_URL", default="http://localhost:8000")

# --- the parts ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "sivo_support.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_celery_beat",
    "pgtrigger",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "tickets.apps.TicketsConfig",
    "sla.apps.SlaConfig",
    "sivo_support.apps.SivoSupportConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *(f"sivo_support.middleware.{name}" for name in ("refuse_nul", "refuse_flood")),
    "sivo_support.middleware.straight_to_doors",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "sivo_support.middleware.SayUnavailable",
]
ROOT_URLCONF = "sivo_support.urls"
WSGI_APPLICATION = "sivo_support.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "sivo_support" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- data -----------------------------------------------------------------------------------
# Two roles: the application's owns nothing; the owner's migrates (design decision D5).
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default=local_stack.database_url(local_stack.APP_ROLE)),
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASE_OWNER_URL = env.str(
    "DATABASE_OWNER_URL",
    default="" if env.str("DATABASE_URL", default="") else local_stack.database_url("sivo_owner"),
)
DATABASE_APP_ROLE = DATABASES["default"].get("USER", "")
if local_stack.acts_as_owner() and DATABASE_OWNER_URL:
    DATABASES["default"].update(env.db_url_config(DATABASE_OWNER_URL))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default=local_stack.redis_url())

# --- people ---------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LANGUAGE_CODE = env.str("SIVO_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "sivo_support" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "sivo_support.formats"
USE_TZ = True
TIME_ZONE = env.str("SIVO_TIME_ZONE", default="Europe/Madrid")

# --- pages ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# A working day with its extra hours; a forgotten browser does not stay logged in for weeks.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = PRODUCTION and env.bool("SIVO_BEHIND_PROXY", default=False)
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SIVO_SSL_REDIRECT", default=True)
    # Asked from within, where no TLS is.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- what comes in --------------------------------------------------------------------------
WEBHOOK_MAX_BYTES = env.int("SIVO_WEBHOOK_MAX_BYTES", default=1024 * 1024)
# A mail of 25 MB, in base64 within JSON, with its fields around it.
MAIL_HOOK_MAX_BYTES = env.int("SIVO_MAIL_HOOK_MAX_BYTES", default=40 * 1024 * 1024)
# The host names of our own mail servers, whose topmost Received line dates a piped mail.
OWN_MX_HOSTS = env.list("SIVO_OWN_MX_HOSTS", default=[])
# Certificate authorities (a PEM file) that mail servers are verified with besides the usual ones.
IMAP_CA_FILE = env.str("SIVO_IMAP_CA_FILE", default="")
SUPPORT_ADDRESSES = env.list("SIVO_SUPPORT_ADDRESSES", default=["support@sivocenter.com"])
# The files of one answer together; one file may have half of it.
ANSWER_MAX_BYTES = env.int("SIVO_ANSWER_MAX_BYTES", default=18 * 1024 * 1024)
# Hosts of duty calendars that may lie in a private network and be read without TLS.
DUTY_FEED_PRIVATE_HOSTS = env.list("SIVO_DUTY_FEED_PRIVATE_HOSTS", default=[])
# Hosts of tools whose APIs may lie in a private network and be asked without TLS.
TOOL_PRIVATE_HOSTS = env.list("SIVO_TOOL_PRIVATE_HOSTS", default=[])
DELIVERY_RETENTION_DAYS = env.int("SIVO_DELIVERY_RETENTION_DAYS", default=90)

# --- programs ---------------------------------------------------------------------------------
API_MAX_BYTES = 1024 * 1024
# Calls a minute.
API_CALLS_PER_KEY = env.int("SIVO_API_CALLS_PER_KEY", default=600)
API_CALLS_PER_ADDRESS = env.int("SIVO_API_CALLS_PER_ADDRESS", default=1200)

# --- the panel in the side bars of tools -------------------------------------------------------
# Origins that may frame it, besides those that a source's kind and its tool's address tell.
PANEL_ANCESTORS = env.list("SIVO_PANEL_ANCESTORS", default=[])
# How long a link to it works.
PANEL_HOURS = env.int("SIVO_PANEL_HOURS", default=8)

# --- the queue: rows are the truth, Celery only shortens the wait (D2) -----------------------
CELERY_BROKER_URL = REDIS_URL
# Not what the schedule repeats: an acknowledgement that finds no broker ends the whole worker.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 55
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LOGGING = logging_settings(env.str("SIVO_LOG_LEVEL", default="WARNING"))
SILENCED_SYSTEM_CHECKS: list[str] = []
CELERY_BEAT_SCHEDULE = beat_schedule(ZoneInfo(TIME_ZONE))

# --- who watches the watchdog ----------------------------------------------------------------
# Asked with GET each minute in which the escalations agree with the log; silence is the alarm.
HEARTBEAT_URL = env.str("SIVO_HEARTBEAT_URL", default="")
# `/metrics` answers whoever shows it as a bearer token; without one there is no such page.
METRICS_TOKEN = env.str("SIVO_METRICS_TOKEN", default="")

# --- what goes out --------------------------------------------------------------------------
if PRODUCTION:
    vars().update(env.email_url("EMAIL_URL"))
else:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SUPPORT_ADDRESSES[0]
SENDER_NAME = env.str("SIVO_SENDER_NAME", default="SIVO Support")
# Replies go to support+t1042.<signature>@..., where the mail server knows plus addresses.
PLUS_ADDRESSING = env.bool("SIVO_PLUS_ADDRESSING", default=True)
# Stands in the mark of our own mails; which instance wrote one is seen in its headers.
INSTANCE = re.sub(r"[^a-z0-9-]", "-", env.str("SIVO_INSTANCE", default="sivo").lower())[:40]
# What notices may call besides public hosts by HTTPS: hosts by name, address or network.
NOTICE_PRIVATE_HOSTS = env.list("SIVO_NOTICE_PRIVATE_HOSTS", default=[])
# Further kinds of Apprise channels, such as mmosts, whose host whoever sets one up can choose.
NOTICE_APPRISE_SCHEMES = env.list("SIVO_NOTICE_APPRISE_SCHEMES", default=[])
ACKNOWLEDGEMENTS_PER_HOUR = env.int("SIVO_ACKNOWLEDGEMENTS_PER_HOUR", default=200)
