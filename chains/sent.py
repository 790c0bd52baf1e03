"""What a form said that was sent after the session had ended: kept over the sign-in, until it is sent again or left.

Only what the browser sent is kept, for the user who typed it on the device, and no part of it was done. Whoever else
signs in there neither sees it nor takes it away. The newest few of each user of a device are kept for a day, and from
one network so many in an hour, so that nobody fills the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from chains import devices
from chains.devices import Device, network_of
from chains.limits import Limit, TooManyTries, take
from chains.models import SentForm, User

#: What a page says that sends a kept form again: which one it is.
AGAIN = "sent_form"

#: More than the longest bill has; a form with a file is not kept at all.
_MOST_CHARACTERS = 100_000
#: So many of one user on one device, the newest, and so long.
MOST_FORMS = 5
KEPT = timedelta(days=1)
#: What one network may have kept; a salon whose desks were all signed out sends fewer.
KEPT_FORMS = Limit(30, timedelta(hours=1))


def keep_sent(request: HttpRequest) -> None:
    """Keep a form that was not done for who typed it; of one that cannot be kept, that there was one.

    On a device that nobody signed in on nobody could be given it back.
    """
    device = _device_of(request)
    user_id = request.user.pk or _typed_by(request, device)
    if user_id is None or not User.objects.filter(pk=user_id).exists():
        return
    fields = _fields(request)
    is_short = not request.FILES and sum(len(name) + len(text) for name, text in fields) <= _MOST_CHARACTERS
    own = SentForm.objects.filter(device=device.id, user=user_id)
    SentForm.objects.create(
        device=device.id,
        user_id=user_id,
        address=request.get_full_path(),
        page=_sent_from(request),
        fields=fields if is_short and _has_room(request) else None,
        sent_at=timezone.now(),
    )
    own.exclude(pk__in=own.order_by("-pk").values("pk")[:MOST_FORMS]).delete()


def sent_before(request: HttpRequest, user: User) -> QuerySet[SentForm]:
    """What is kept of the user on this device, the oldest first."""
    since = timezone.now() - KEPT
    return SentForm.objects.filter(device=_device_of(request).id, user=user, sent_at__gt=since).order_by("pk")


def leave_sent(request: HttpRequest, user: User, form_id: str) -> str:
    """Forget one that was kept; where the user goes on: what else is kept, or the page that it was typed on."""
    kept = {str(each.pk): each for each in sent_before(request, user)}
    left = kept.pop(form_id, None)
    if left:
        left.delete()
    return resolve_url("chains:sent") if kept else left.page if left else resolve_url("chains:home")


def forget_where_sent_again(request: HttpRequest, user: User) -> None:
    """What has now been sent by its user is kept no longer."""
    if AGAIN in request.POST:
        leave_sent(request, user, request.POST[AGAIN])


def forget_past(at: datetime) -> None:
    """Nobody asked for these in time."""
    SentForm.objects.filter(sent_at__lte=at - KEPT).delete()


def _device_of(request: HttpRequest) -> Device:
    return devices.device_of(request.COOKIES.get(devices.COOKIE, ""))


def _typed_by(request: HttpRequest, device: Device) -> int | None:
    """The user of the device whom the form names as the one who opened it, else who signed in there last."""
    opened_by = request.POST.get("opened_by", "")
    return next((each for each in device.user_ids if str(each) == opened_by), device.last_user_id)


def _fields(request: HttpRequest) -> list[list[str]]:
    """As pairs of name and text, in the order in which they were sent."""
    out = {"csrfmiddlewaretoken", AGAIN}
    texts = [(name, text) for name, texts in request.POST.lists() if name not in out for text in texts]
    # The database keeps no text with a NUL.
    return [[name.replace("\x00", ""), text.replace("\x00", "")] for name, text in texts]


def _has_room(request: HttpRequest) -> bool:
    network = network_of(get_adapter(request).get_client_ip(request))
    try:
        take({f"sent from {network}": KEPT_FORMS}, at=timezone.now())
    except TooManyTries:
        return False
    return True


def _sent_from(request: HttpRequest) -> str:
    """The page of this site that a form was sent from, as far as the browser says so."""
    page = urlsplit(request.headers.get("Referer", ""))
    path = urlunsplit(("", "", page.path, page.query, ""))
    is_of_this_site = page.netloc == request.get_host() and url_has_allowed_host_and_scheme(path, None)
    return path if is_of_this_site and path.startswith("/") else resolve_url("chains:home")
