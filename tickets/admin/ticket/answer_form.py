"""The answer with its files: what is too large is refused in words, before anything is stored."""

import mimetypes
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile as AnyUploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.ticket.forms import TicketForm
from tickets.models import Ticket
from tickets.operations.outgoing.answer import NewFile
from tickets.operations.outgoing.answer_files import FileLimits, file_limits
from tickets.queries import newest_public_message

if TYPE_CHECKING:
    UploadedFile = AnyUploadedFile[bytes]
else:
    # Generic for the type checker only.
    UploadedFile = AnyUploadedFile

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
# Control characters, and those that turn the reading direction: "gpj.exe" reads as a picture.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_NAME = 150


class FilesInput(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


def safe_name(name: str) -> str:
    """The last part of a path as one line, with its extension when it is cut; never empty."""
    last = re.split(r"[/\\]", _INVISIBLE.sub("", name))[-1].strip(" .")
    stem, dot, extension = last.rpartition(".")
    if len(last) > _LONGEST_NAME:
        last = f"{stem[:100]}.{extension[:20]}" if dot else last[:_LONGEST_NAME]
    return last or "file"


class FilesField(forms.FileField):
    """Several files, as records for the operation; their sizes are checked together."""

    widget = FilesInput
    limits: FileLimits

    def clean(self, data: Any, initial: Any = None) -> list[NewFile]:
        """The files. Raises ValidationError with what to do."""
        uploads = [each for each in _listed(data) if isinstance(each, AnyUploadedFile)]
        _check(uploads, self.limits)
        return [_record(upload) for upload in uploads]


def _listed(data: Any) -> Sequence[Any]:
    return data if isinstance(data, list | tuple) else [data]


def _check(uploads: Sequence[UploadedFile], limits: FileLimits) -> None:
    if len(uploads) > limits.most:
        raise ValidationError(
            _("At most %(count)d files go with one answer: put them into an archive.")
            % {"count": limits.most}
        )
    for upload in uploads:
        name, size = safe_name(upload.name or ""), upload.size or 0
        if not size:
            raise ValidationError(_("%(name)s is empty: choose another file.") % {"name": name})
        if size > limits.each:
            raise ValidationError(
                _("%(name)s has %(size)s; one file may have %(limit)s. Send a link to it instead.")
                % {
                    "name": name,
                    "size": filesizeformat(size),
                    "limit": filesizeformat(limits.each),
                }
            )
    total = sum(upload.size or 0 for upload in uploads)
    if total > limits.together:
        raise ValidationError(
            _("The files have %(size)s together; one answer may carry %(limit)s: send two answers.")
            % {"size": filesizeformat(total), "limit": filesizeformat(limits.together)}
        )


def _record(upload: UploadedFile) -> NewFile:
    name = safe_name(upload.name or "")
    declared = (upload.content_type or "").lower()
    if not _MEDIA_TYPE.fullmatch(declared):
        declared = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return NewFile(name=name, media_type=declared, content=upload.read())


class AnswerForm(TicketForm):
    """`seen` is the newest public message that the writer saw."""

    text = forms.CharField(
        label=gettext_lazy("Answer to the customer"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "data-submit-keys": ""}),
    )
    attachments = FilesField(label=gettext_lazy("Files"), required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """The newest public message now."""
        return {"seen": newest_public_message(ticket)}

    def prepare(self, site: AdminSite) -> None:
        """What goes with an answer depends on the way that it takes."""
        field = self.fields["attachments"]
        if isinstance(field, FilesField):
            field.limits = self.file_limits

    @property
    def file_limits(self) -> FileLimits:
        """How many files, and how many bytes one may have, and all together."""
        return file_limits(self.ticket.source)

    @property
    def to_choose_again(self) -> str:
        """The names of the files that were sent with a refused form: browsers do not keep them."""
        if not self.is_bound:
            return ""
        uploads = self.files.getlist("attachments") if hasattr(self.files, "getlist") else []
        return ", ".join(safe_name(upload.name or "") for upload in uploads)
