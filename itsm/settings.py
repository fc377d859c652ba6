"""All settings of the site; every variable of the environment is read through ``itsm.environment``."""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from itsm.assets import VENDOR_ASSETS
from itsm.environment import Environment, database

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = Environment.from_process()
AS_OWNER = os.environ.get("ITSM_AS_OWNER") == "1"

SECRET_KEY = ENV.text("SECRET_KEY")
DEBUG = ENV.flag("DEBUG")
SECURE = ENV.flag("ITSM_SECURE")
ALLOWED_HOSTS = ENV.words("ALLOWED_HOSTS")
SITE_URL = ENV.text("SITE_URL").rstrip("/")
VAR_DIR = Path(ENV.text("ITSM_VAR")).resolve()
FILES_DIR = VAR_DIR / "files"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "django_celery_beat",
    "csp",
    "itsm",
    "slas",
    "capacity",
    "continuity",
    "security",
    "budgeting",
    "reporting",
]

MIDDLEWARE = [
    "itsm.views.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "itsm.views.middleware.ActorMiddleware",
]

ROOT_URLCONF = "itsm.urls"
WSGI_APPLICATION = "itsm.wsgi.application"
ASGI_APPLICATION = "itsm.asgi.application"
AUTH_USER_MODEL = "itsm.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "itsm.views.shell.context",
            ],
        },
    }
]

# A server that is not there is a page of 503 within seconds: connecting, and data that nobody acknowledges.
PATIENCE = {
    "connect_timeout": 4,
    "tcp_user_timeout": 8000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
}
_address = ENV.text("DATABASE_OWNER_URL") if AS_OWNER else ""
DATABASES = {
    "default": database(_address or ENV.text("DATABASE_URL"))
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": PATIENCE | ({} if AS_OWNER else {"assume_role": "plimsoll_app"}),
    }
}

REDIS_URL = ENV.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "plimsoll",
        "OPTIONS": {"socket_connect_timeout": 4, "socket_timeout": 8},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENV.flag("ITSM_TRUSTED_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "itsm.views.errors.stale_form"
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "itsm.views.sign_in.SignInAdapter"
ACCOUNT_FORMS = {
    "change_password": "itsm.views.sign_in.ChangePasswordForm",
    "reset_password_from_key": "itsm.views.sign_in.NewPasswordForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Plimsoll"
MFA_ADAPTER = "itsm.views.sign_in.SecondStepAdapter"
MFA_FORMS = {"authenticate": "itsm.views.sign_in.SecondStepForm"}

REST_KNOX = {
    "TOKEN_PREFIX": "itsd_",
    "AUTH_HEADER_PREFIX": "Bearer",
    "AUTO_REFRESH": False,
    "SECURE_HASH_ALGORITHM": "hashlib.sha512",
}
KNOX_TOKEN_MODEL = "itsm.ApiToken"  # noqa: S105 the name of a model
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["itsm.api.authentication.RequestAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["itsm.api.permissions.RolePermission"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "itsm.api.pagination.CursorPages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "itsm.api.errors.problem",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plimsoll API",
    "DESCRIPTION": "Service delivery by ISO/IEC 20000: catalogue, records, agreements, evaluations, reports.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "MembershipRoleEnum": "itsm.models.accounts.Membership.Role",
        "ContactRoleEnum": "itsm.models.parties.Contact.Role",
        "JobStateEnum": "itsm.models.jobs.Job.State",
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # a language is offered when its translation is there
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    (prefix, BASE_DIR / "node_modules" / folder)
    for prefix, folder in VENDOR_ASSETS
    if (BASE_DIR / "node_modules" / folder).is_dir()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = FILES_DIR
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

EMAIL_BACKEND, EMAIL_FILE_PATH = "itsm.outbox.backends.AddressBackend", str(VAR_DIR / "mail")
EMAIL_URL = ENV.text("EMAIL_URL")
DEFAULT_FROM_EMAIL = ENV.text("EMAIL_FROM")

TASK_SECONDS = ENV.number("ITSM_TASK_SECONDS")
RECONCILE_SECONDS = ENV.number("ITSM_RECONCILE_SECONDS")
FEED_DAYS = ENV.number("ITSM_FEED_DAYS")
WEBHOOK_PRIVATE = ENV.words("ITSM_WEBHOOK_PRIVATE")
PDF_SECONDS = ENV.number("ITSM_PDF_SECONDS")
API_REQUESTS_PER_MINUTE = ENV.number("API_REQUESTS_PER_MINUTE")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_SOFT_TIME_LIMIT = max(1, TASK_SECONDS - 10)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 2 * TASK_SECONDS}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "itsm.logging.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.text("ITSM_LOG_LEVEL")},
}
SILENCED_SYSTEM_CHECKS = ["fields.W344"]
