"""Who is on duty: rotas, shifts and absences."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.encrypted import EncryptedTextField


class Rota(models.Model):
    """One duty, held by people in turn; its zone is that of its pages and hand-overs."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Madrid")
    ical_url = EncryptedTextField(
        _("iCalendar feed"), blank=True, help_text=_("Shifts are imported from it.")
    )
    ical_read_at = models.DateTimeField(
        _("feed last read at"), null=True, blank=True, editable=False
    )
    ical_error = models.CharField(
        _("trouble with the feed"), max_length=300, blank=True, editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("rota")
        verbose_name_plural = _("rotas")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ShiftLayer(models.TextChoices):
    """Which shift holds where two overlap: an override replaces the shifts under it."""

    SHIFT = "shift", _("Shift")
    OVERRIDE = "override", _("Override")


class DutyShift(models.Model):
    """One person's duty, half-open: at a hand-over the next person is on duty."""

    rota = models.ForeignKey(
        Rota, verbose_name=_("rota"), on_delete=models.CASCADE, related_name="shifts"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    layer = models.CharField(_("kind"), max_length=8, choices=ShiftLayer, default=ShiftLayer.SHIFT)
    uid = models.CharField(_("UID in the feed"), max_length=255, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_shift_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(layer__in=ShiftLayer.values), name="shift_layer_is_known"
            ),
            models.UniqueConstraint(
                "rota",
                "uid",
                "starts_at",
                "person",
                condition=~Q(uid=""),
                name="one_shift_per_imported_event_and_person",
            ),
        ]
        indexes = [models.Index(fields=["rota", "ends_at"], name="shifts_of_a_rota")]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d %H:%M}"


class Absence(models.Model):
    """When a person is not there, whatever the rota says; half-open."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="an_absence_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["person", "ends_at"], name="absences_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d %H:%M}"
