"""Pictures of gift card types: known by their bytes, whatever their names say, and each kept once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.gift_cards.models import GiftCardTypeTerms, Picture

#: In bytes, as people say it: 500 kB.
LARGEST = 500_000
#: What was uploaded and never saved with a type is kept so long: a form may stand open.
KEPT_UNUSED = timedelta(days=1)

_PNG, _JPEG, _WEBP = "image/png", "image/jpeg", "image/webp"


def content_type_of(content: bytes) -> str:
    """The kind of picture that these bytes are; empty where they are none that a page shows."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return _PNG
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return _JPEG
    return _WEBP if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else ""


def picture_mistake(size: int, content: bytes) -> str:
    """What is wrong with an uploaded picture; empty where nothing is."""
    if size > LARGEST:
        return _("The picture is larger than 500 kB. Choose a smaller one.")
    return "" if content_type_of(content) else _("Choose a picture: PNG, JPEG or WebP.")


@transaction.atomic
def keep_picture(*, chain: Chain, content: bytes, at: datetime) -> Picture:
    """Keep a picture that can be; the same one is kept once. Those that no type came to show are left behind."""
    used = GiftCardTypeTerms.objects.filter(online_picture=OuterRef("pk"))
    own = Picture.objects.filter(chain=chain)
    own.filter(~Exists(used), added_at__lt=at - KEPT_UNUSED).delete()
    kept = own.filter(content=content).first()
    return kept or Picture.objects.create(
        chain=chain, content_type=content_type_of(content), content=content, added_at=at
    )
