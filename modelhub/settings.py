"""Django settings for both profiles; every choice of an operator arrives through ``modelhub.env``."""

from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from modelhub import databases, env, secretkey
from modelhub.console import look

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = env.home(BASE_DIR)
PROFILE = env.text("MODELHUB_PROFILE")
if PROFILE not in {"development", "production"}:
    raise ImproperlyConfigured(f"MODELHUB_PROFILE must be development or production, not {PROFILE!r}")
DEBUG = False  # tracebacks never go to a browser; the development profile differs in access only
DEVELOPMENT = PROFILE == "development"


SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY and not DEVELOPMENT:
    raise ImproperlyConfigured("SECRET_KEY must be set in the production profile")
SECRET_KEY = SECRET_KEY or secretkey.kept(HOME)
BIND = env.text("BIND")
PORT = env.number("PORT")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS") or (["localhost", "127.0.0.1", "[::1]"] if DEVELOPMENT else [])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "modelhub.api",
    "modelhub.audit",
    "modelhub.accounts",
    "modelhub.registry",
    "modelhub.transfers",
    "monitoring",
    "inference",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "django_celery_beat",
]
MIDDLEWARE = [
    "modelhub.api.context.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "modelhub.api.conditional.conditional_reads",  # outside of what sets Content-Length: a 304 has none
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "modelhub.urls"
WSGI_APPLICATION = "modelhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# SQLite: IMMEDIATE takes the write lock at BEGIN, so read-then-write transactions wait for each other
# instead of failing with "database is locked"; FULL because the registry lives in this file.
if url := env.text("DATABASE_URL"):
    DATABASES = {"default": env.database(url)}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HOME / "modelhub.sqlite3"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Tests use a file too: an in-memory database knows neither WAL nor a second process.
    DATABASES["default"]["TEST"] = {"NAME": HOME / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"] = databases.options(DATABASES["default"])

CACHES = {"default": env.cache("")}
if url := env.text("CACHE_URL"):
    CACHES["limits"] = env.shared_counts(url)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEVELOPMENT and env.flag("TLS"):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS")
    SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes of an orchestrator speak plain HTTP
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# The admin's theme evaluates expressions in attributes, which needs eval and inline scripts: this policy
# keeps data from leaving and foreign files from loading, autoescape is what keeps scripts out.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = env.number("MAX_BODY_MB") * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["modelhub.api.authentication.HubAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["modelhub.api.permissions.Allowed"],
    "DEFAULT_THROTTLE_CLASSES": ["modelhub.api.throttling.ScopedThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["modelhub.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "modelhub.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "modelhub.api.ordering.TotalOrdering",
    ],
    "DEFAULT_SCHEMA_CLASS": "modelhub.api.schema.HubSchema",
    "EXCEPTION_HANDLER": "modelhub.api.problems.drf_exception_handler",
    "UNAUTHENTICATED_USER": None,
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 (a model)
# Its migrations make the table of its own token model although ours takes that place.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_PREFIX": "mh_"}  # tells secret scanners what they found
SPECTACULAR_SETTINGS = {
    "TITLE": "modelhub",
    "DESCRIPTION": "The control room for log anomaly models.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["modelhub.api.schema.without_trailing_slash"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "modelhub.api.schema.with_limits",
    ],
    "ENUM_NAME_OVERRIDES": {
        "VersionStatus": "modelhub.registry.filters.STATUSES",
        "TransferStatus": "modelhub.transfers.choices.TransferStatus",
    },
}

_folder = HOME / "broker"
BROKER_FOLDERS = []  # the embedded broker's
CELERY_BROKER_URL = env.text("BROKER_URL") or "filesystem://"
if CELERY_BROKER_URL == "filesystem://":
    BROKER_FOLDERS = [_folder / "messages", _folder / "control"]
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_folder / "messages"),
        "data_folder_out": str(_folder / "messages"),
        "control_folder": str(_folder / "control"),
        "polling_interval": 0.1,
    }
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if url := env.text("EMAIL_URL"):
    vars().update(env.mail(url))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "modelhub.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    # A foreign Host is the caller's fault and answered as such; a traceback for each floods the log.
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Tasks tell of themselves, with the id of the request; Celery would tell of each once more.
        "celery": {"level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL")},
}

UNFOLD = look.UNFOLD

# The hub's own settings; code reads them through modelhub.conf.
MODELHUB = {
    "STORE": HOME / "store",
    "STAGING": HOME / "staging",
    "METERING": HOME / "metering",
    "DEFAULT_MODEL": env.text("DEFAULT_MODEL"),
    "DEV_ANONYMOUS": DEVELOPMENT and env.flag("DEV_ANONYMOUS"),
    "DEV_ORIGINS": env.names("DEV_ORIGINS"),
    "MAX_UPLOAD_BYTES": env.number("MAX_UPLOAD_MB") * 1024 * 1024,
    "MAX_BODY_BYTES": env.number("MAX_BODY_MB") * 1024 * 1024,
    "MAX_RECORDS": env.number("MAX_RECORDS"),
    "SCORING_LIMIT": env.number("SCORING_LIMIT"),
    "SCORING_SECONDS": env.number("SCORING_SECONDS"),
    "ALERT_RATE_PERCENT": env.number("ALERT_RATE_PERCENT"),
    "AUTO_FALLBACK": env.flag("AUTO_FALLBACK"),
    "FALLBACK_MINUTES": env.number("FALLBACK_MINUTES"),
    "WEB_THREADS": env.number("WEB_THREADS"),
    "QUARANTINE_SECONDS": env.number("QUARANTINE_SECONDS"),
    "QUARANTINE_MEMORY_BYTES": env.number("QUARANTINE_MEMORY_MB") * 1024 * 1024,
    "REQUIRE_MANIFEST": env.flag("REQUIRE_MANIFEST"),
    "FOREST_ENGINE": env.one_of("FOREST_ENGINE", ("auto", "onnx")),
    "NUM_PROXIES": env.number("NUM_PROXIES"),
    "TOKEN_DAYS": env.number("TOKEN_DAYS"),
    "FAILED_LOGINS": env.text("FAILED_LOGINS"),
    "THROTTLE_ANALYZE": env.text("THROTTLE_ANALYZE"),
    "THROTTLE_IMPORT": env.text("THROTTLE_IMPORT"),
    "THROTTLE_OPERATE": env.text("THROTTLE_OPERATE"),
    "THROTTLE_READ": env.text("THROTTLE_READ"),
    "PUBLIC_URL": env.text("PUBLIC_URL").rstrip("/"),
    "PRIVATE_HOSTS": env.names("PRIVATE_HOSTS"),
    "LOOPBACK_CALLS": DEVELOPMENT,
    "SOURCE_SECONDS": env.number("SOURCE_SECONDS"),
    "METRICS": env.flag("METRICS"),
    "MAIL": bool(env.text("EMAIL_URL")),
    # Upward needs, named by dotted path so that nothing in modelhub imports inference.
    "IDENTIFY_FEATURE_SET": "inference.features.catalog.identify",
    "SAFE_FORM_SCORER": "inference.runtimes.catalog.score_safe_form",
    "DEPLOY_PREFLIGHT": "inference.serving.loading.preflight",
    "SERVING_STANDING": "inference.serving.loading.standing",
    "SERVING_TOLD": "inference.telling.serving",
    "FALLBACK_REASON": "inference.telling.fallback_reason",
    "ENGINE": "inference.telling.engine",
    "ON_SERVING_CHANGED": "inference.serving.loading.refresh",
    "SCORING_DOOR": "inference.api.door.Door",
    "START_SERVING": "inference.watching.start",
    "SERVING_TROUBLE": "inference.watching.trouble",
    "SERVING_PROGRESS": "inference.serving.convergence.awaited",
    "ON_INTEGRITY": "inference.resilience.corruption.told",
    "VALIDATE_VERSION": "inference.validation.operation.validate",
    "QUALITY_GATE": "inference.validation.gate.problems",
    "VERSION_EXTRAS": ["inference.validation.extras.by_version", "monitoring.extras.by_version"],
    "VERSION_USES": ["inference.serving.holding.by_version"],
    "CALENDAR_FEATURES": "inference.features.catalog.calendar_features",
}
