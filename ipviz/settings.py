"""Settings: one value per environment variable (docs/settings.md lists them; a test compares the two)."""

import logging
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ipviz import logs
from ipviz.environment import Environment
from ipviz.version import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent
DEMO_DIR = BASE_DIR / "demo" / "gmc"

# What a person types here: `make run` made an environment of its own beside the code.
_python = Path(sys.executable)
MANAGE = f"{_python.relative_to(BASE_DIR) if _python.is_relative_to(BASE_DIR) else 'python'} manage.py"

environment = Environment()

IPVIZ_DATA_DIR = environment.data_folder("IPVIZ_DATA_DIR", Path("data"))
# Those that may be chosen on a page; a page never names a path.
KUBECONFIG_DIR = IPVIZ_DATA_DIR / "kubeconfigs"
DEBUG = environment.switch("DEBUG", False)
SECRET_KEY = environment.secret_key("SECRET_KEY", IPVIZ_DATA_DIR)
PORT = environment.number("PORT", 8000, least=1)
HOST = environment.text("HOST", "127.0.0.1")
IPVIZ_BASE_URL = environment.text("IPVIZ_BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS") or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    urlsplit(IPVIZ_BASE_URL).hostname or "localhost",
]
POLL_INTERVAL = timedelta(seconds=environment.number("IPVIZ_POLL_INTERVAL_SECONDS", 30, least=1))
POLL_DEADLINE = timedelta(seconds=environment.number("IPVIZ_POLL_DEADLINE_SECONDS", 60, least=1))
# What was read longer ago is old: a poll may take its time, and the next one's turn comes an interval later.
POLL_PATIENCE = POLL_DEADLINE + 2 * POLL_INTERVAL
HISTORY = timedelta(days=environment.number("IPVIZ_HISTORY_DAYS", 400, least=1))
# What workload clusters' kubeconfigs may say besides, which come from Secrets.
TRUSTED_PROXIES = environment.networks("IPVIZ_TRUSTED_PROXIES")
INSECURE_CLUSTERS = environment.cluster_paths("IPVIZ_INSECURE_CLUSTERS")
ALLOW_LOOPBACK = environment.switch("IPVIZ_ALLOW_LOOPBACK", False)
ALERT_TO = environment.addresses("IPVIZ_ALERT_TO")

# Database: SQLite in the data folder for one machine, PostgreSQL for more.
DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{IPVIZ_DATA_DIR / 'ipviz.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a writer waits for its turn at the start instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Queue: Redis, or files in the data folder (one machine).
REDIS_URL = environment.text("REDIS_URL")
BROKER_DIR = IPVIZ_DATA_DIR / "broker"
if REDIS_URL:  # what web processes count together
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "ipviz",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }

# Mail
_mail = environment.mail("EMAIL_URL")
MAIL_IS_CONFIGURED = _mail is not None
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 20
for _name, _value in (_mail or {}).items():
    if _value is not None:
        globals()[_name] = _value
DEFAULT_FROM_EMAIL = environment.text(
    "IPVIZ_MAIL_FROM", f"ipviz@{urlsplit(IPVIZ_BASE_URL).hostname or 'localhost'}"
)

# Sign-in by an OpenID Connect provider, where one is set; OIDC_RP_* is read by mozilla-django-oidc.
OIDC_ISSUER = environment.issuer("IPVIZ_OIDC_ISSUER")
OIDC_NAME = environment.text("IPVIZ_OIDC_NAME")
OIDC_RP_CLIENT_ID = environment.text("IPVIZ_OIDC_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = environment.text("IPVIZ_OIDC_CLIENT_SECRET")
OIDC_RP_SCOPES = environment.scopes("IPVIZ_OIDC_SCOPES", "openid email profile groups")
OIDC_ROLES = environment.group_roles("IPVIZ_OIDC_ROLES")
OIDC_SESSION = timedelta(hours=environment.number("IPVIZ_OIDC_SESSION_HOURS", 8, least=1))
OIDC_VERIFY_SSL = environment.certificates("IPVIZ_OIDC_CA_FILE") or True
LOCAL_SIGN_IN = environment.local_sign_in("IPVIZ_LOCAL_SIGN_IN", OIDC_ISSUER)
environment.all_or_none(
    {
        "IPVIZ_OIDC_ISSUER": OIDC_ISSUER,
        "IPVIZ_OIDC_CLIENT_ID": OIDC_RP_CLIENT_ID,
        "IPVIZ_OIDC_CLIENT_SECRET": OIDC_RP_CLIENT_SECRET,
        "IPVIZ_OIDC_ROLES": OIDC_ROLES,
    }
)

# For Prometheus alone: it opens the metrics, and nothing else.
METRICS_TOKEN = environment.secret("IPVIZ_METRICS_TOKEN", least=16)
LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))

environment.leave_if_wrong()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "axes",
    "django_structlog",
    "ipviz.audit",
    "ipviz.clusters",
    "ipviz.inventory",
    "ipviz.findings",
    "ipviz.alerts",
    "ipviz.polling",
    "ipviz.accounts",
    "ipviz.web",
    "ipviz.api",
    "ipviz.ops",
    "ipviz.backup",
]
MIDDLEWARE = [
    "ipviz.ops.requests.Told",
    "django.middleware.security.SecurityMiddleware",
    "ipviz.web.headers.permissions_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ipviz.api.compression.Compression",
    "django.middleware.http.ConditionalGetMiddleware",  # what has not changed is not sent again
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ipviz.api.astray.Slashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ipviz.ops.requests.Named",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # turns a lock into an answer; it asks to be the last
]
ROOT_URLCONF = "ipviz.urls"
WSGI_APPLICATION = "ipviz.wsgi.application"
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
                "ipviz.web.context.frame",
            ]
        },
    }
]

# Sign-in
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "web:overview"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
AUTHENTICATION_BACKENDS = ["ipviz.accounts.lockout.Guard", "django.contrib.auth.backends.ModelBackend"]
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("ipviz.accounts.oidc.ProviderBackend")
OIDC_RP_SIGN_ALGO = "RS256"  # which every provider has to offer
OIDC_USE_PKCE = True
OIDC_TIMEOUT = (5, 10)
OIDC_AUTHENTICATION_CALLBACK_URL = "accounts:provider-back"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Who guesses is locked out (ipviz.accounts.lockout). No more is kept of a guess than its name and origin.
AXES_HANDLER = "ipviz.accounts.lockout.Guesses"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "ipviz.accounts.origin.guesser_of"
AXES_LOCKOUT_CALLABLE = "ipviz.accounts.views.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

# Security: TLS-only cookies and headers where the pages are served by https.
_https = IPVIZ_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
CSRF_TRUSTED_ORIGINS = [IPVIZ_BASE_URL]
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains, and
    "security.W021",  # its preload list: the domain is not ours alone to speak for
    "security.W008",  # the proxy that ends TLS redirects; probes and scrapes come by plain HTTP
]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Plotly paints a heatmap through a data: image, and a PNG of the map through a blob:.
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Static files: hand-written ones, and Plotly's and htmx's own from the installed packages.
STATIC_URL = "static/"
STATIC_ROOT = IPVIZ_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "ipviz.web.finders.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "ipviz.api.authentication.BearerTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["ipviz.api.throttling.PerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["ipviz.api.permissions.ReadOrOperate"],
    "DEFAULT_RENDERER_CLASSES": ["ipviz.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ipviz.api.reading.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ipviz.api.reading.Negotiation",
    "DEFAULT_METADATA_CLASS": "ipviz.api.reading.Methods",
    "DEFAULT_PAGINATION_CLASS": "ipviz.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["ipviz.api.filtering.MomentFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ipviz.api.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ipviz",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Who uses which address on the layer-2 subnets of Cluster API vSphere clusters."
    " docs/api.md walks through its main uses.",
    "SERVE_INCLUDE_SCHEMA": False,
    # Choices that stand under several names.
    "ENUM_NAME_OVERRIDES": {
        "ClassEnum": "ipviz.api.serializers.CLASSES",
        "SeverityEnum": "ipviz.api.serializers.SEVERITIES",
    },
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# Logs: a task's lines carry the ids of the request that asked for it; that it came and went is no news.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_RETRY_LOG_LEVEL = logging.DEBUG  # also of one that expired
LOGGING_CONFIG = None
logs.configure(LOG_LEVEL)
