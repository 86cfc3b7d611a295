"""What a message carries besides its text: its own formatting, and its files."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from tickets.admin.bases import ReadOnlyAdmin
from tickets.admin.ticket.attachment import data_address, download, picture
from tickets.admin.ticket.mail_html import SafeHtml, safe_html
from tickets.admin.ticket.mail_writer import TooTangled
from tickets.models import Attachment, Message, Ticket

# All of them together: they stand in the page itself.
_MAX_CARRIED_BYTES = 20 * 1024 * 1024
# Links open outside of the frame, and there they work like any other page.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


class MessageViews(ReadOnlyAdmin):
    """Each view asks for the ticket first: what a person may not see does not exist for them."""

    def get_urls(self) -> list[URLPattern]:
        """The downloads, the images and the original formatting."""
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<path:object_id>/attachment/<int:attachment_id>/",
                wrap(self.attachment_view),
                name="tickets_ticket_attachment",
            ),
            path(
                "<path:object_id>/attachment/<int:attachment_id>/image/",
                wrap(self.image_view),
                name="tickets_ticket_image",
            ),
            path(
                "<path:object_id>/message/<int:message_id>/original/",
                wrap(self.original_view),
                name="tickets_ticket_original",
            ),
        ]
        return [*own, *super().get_urls()]

    def visible_ticket(self, request: HttpRequest, object_id: str) -> Ticket:
        """The ticket. Raises Http404 when there is none, or none for this person."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ticket: Ticket | None = self.get_object(request, object_id)
        if ticket is None:
            raise Http404(_("There is no such ticket."))
        return ticket

    def attachment_view(
        self, request: HttpRequest, object_id: str, attachment_id: int
    ) -> HttpResponse:
        """A file of this ticket as a download; of another ticket it does not exist."""
        found = self._file(request, object_id, attachment_id)
        return download(bytes(found.content), found.name or "attachment")

    def image_view(self, request: HttpRequest, object_id: str, attachment_id: int) -> HttpResponse:
        """An image of this ticket to look at; 404 for whatever is none, whatever it is called."""
        found = self._file(request, object_id, attachment_id)
        response = picture(bytes(found.content), found.name or "image")
        if response is None:
            raise Http404(_("This file is no image that can be shown: download it."))
        return response

    def original_view(self, request: HttpRequest, object_id: str, message_id: int) -> HttpResponse:
        """The message as its sender formatted it, made harmless, for a sandboxed frame.

        Images of other servers only with `?remote=1`: each time it is asked for anew.
        """
        ticket = self.visible_ticket(request, object_id)
        if not request.user.has_perm("tickets.view_message"):
            raise PermissionDenied
        message = ticket.messages.filter(pk=message_id, erased_at__isnull=True).first()
        if message is None or not message.html:
            raise Http404(_("There is no such message."))
        show_remote = request.GET.get("remote") == "1"
        carried = request.user.has_perm("tickets.view_attachment")
        context: dict[str, Any] = {"reference": ticket.reference}
        try:
            context["mail"] = _harmless(message, show_remote=show_remote, with_files=carried)
        except TooTangled:
            context["mail"] = None
        page = render_to_string("tickets/original.html", context, request)
        return _in_a_cage(HttpResponse(page), show_remote=show_remote)

    def _file(self, request: HttpRequest, object_id: str, attachment_id: int) -> Attachment:
        ticket = self.visible_ticket(request, object_id)
        if not request.user.has_perm("tickets.view_attachment"):
            raise PermissionDenied
        found = Attachment.objects.filter(
            pk=attachment_id, message__ticket=ticket, erased_at__isnull=True
        ).first()
        if found is None:
            raise Http404(_("There is no such attachment."))
        return found


def _harmless(message: Message, *, show_remote: bool, with_files: bool) -> SafeHtml:
    images = _images_of(message) if with_files and "cid:" in message.html.lower() else {}
    return safe_html(message.html, images=images, show_remote=show_remote)


def _images_of(message: Message) -> dict[str, str]:
    """The message's own images by Content-ID, as addresses that load nothing.

    A sandboxed frame has no session: browsers send no cookie for its images, so that an address
    of ours would answer with the log-in page.
    """
    images: dict[str, str] = {}
    total = 0
    rows = message.attachments.exclude(content_id="").filter(erased_at__isnull=True)
    for pk, name, size in rows.order_by("pk").values_list("pk", "content_id", "size"):
        if total + size > _MAX_CARRIED_BYTES:
            continue
        total += size
        content = Attachment.objects.values_list("content", flat=True).get(pk=pk)
        images[name.strip("<> ").lower()] = data_address(bytes(content))
    return images


def _in_a_cage(response: HttpResponse, *, show_remote: bool) -> HttpResponse:
    """Nothing runs, nothing is sent, nothing loads but what stands in the page itself."""
    images = "data: https:" if show_remote else "data:"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    # A sandboxed page of its own tab may not ask for an opener's isolation.
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response
