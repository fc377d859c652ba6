"""The WSGI door for the web server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")

application = get_wsgi_application()
_ = get_resolver().url_patterns  # loaded once, before gunicorn makes its processes
