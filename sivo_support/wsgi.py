"""The WSGI application, for gunicorn and runserver."""

import os

from django.core.wsgi import get_wsgi_application

from sivo_support import local_stack
from sivo_support.logs import hide_links

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
local_stack.join()
hide_links()
application = get_wsgi_application()
