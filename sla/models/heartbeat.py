"""When each periodic job last ran to its end: what readiness looks at."""

from django.db import models


class Heartbeat(models.Model):
    """One row per job; `at` by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
