"""A person who writes to us; what is personal in it can be erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.customer import Customer


class Contact(models.Model):
    """One person; the address is stored in lower case, empty after an erasure."""

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contacts",
    )
    email = models.EmailField(_("e-mail"), max_length=320, blank=True)
    email_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "email"]
        constraints = [
            models.UniqueConstraint(
                "email", name="one_contact_per_address", condition=~models.Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(_("erased contact"))
