"""What a WSGI server loads."""

import os

import structlog
from django.core.wsgi import get_wsgi_application

from ipviz.version import VERSION

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipviz.settings")
application = get_wsgi_application()
structlog.stdlib.get_logger(__name__).info("web.started", version=VERSION)
