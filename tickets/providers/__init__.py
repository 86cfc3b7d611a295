"""E-mail providers' webhooks, read through django-anymail."""
