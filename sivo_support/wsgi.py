"""The WSGI application, for gunicorn and runserver."""

import os

from django.core.wsgi import get_wsgi_application

from sivo_support import local_stack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
local_stack.join()
application = get_wsgi_application()
