"""The devices on which somebody signed in before, and what wrong passwords count against.

A device carries a signed cookie that names itself and the users who signed in on it. On such a device wrong passwords
count against it and the user alone, so nobody else's keep a salon from its work. Anywhere else they count against the
account and the address they come from, and both have a bound of their own besides, against lists of passwords or of
accounts that are tried through.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils.crypto import salted_hmac

from chains.limits import LONGEST, Limit
from chains.models import User

COOKIE = "device"
_SALT = "chains.devices"
KEPT = timedelta(days=365)
#: Users of one device that it remembers; the one who has been away longest is forgotten first.
MOST_USERS = 30

FEW = Limit(5, timedelta(minutes=5))
OF_AN_ADDRESS = Limit(30, timedelta(minutes=5))
OF_AN_ACCOUNT = Limit(50, LONGEST)


def sign_in_limits(*, cookie: str, email: str, address: str) -> dict[str, Limit]:
    """What a wrong password for this e-mail counts against, on the device that sent the cookie from an address."""
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    device = _read(cookie)
    if user and device["users"].get(str(user.pk)) == _mark(user):
        return {f"device {device['id']} user {user.pk}": FEW}
    network = network_of(address)
    return {
        f"address {network} account {email}": FEW,
        f"address {network}": OF_AN_ADDRESS,
        f"account {email}": OF_AN_ACCOUNT,
    }


def cookie_with(user: User, *, cookie: str) -> str:
    """The cookie of a device that knows the user besides those it knew, until the user has another password."""
    device = _read(cookie)
    users = {key: mark for key, mark in device["users"].items() if key != str(user.pk)}
    newest = dict(list(users.items())[-(MOST_USERS - 1) :])
    return signing.dumps({"id": device["id"], "users": {**newest, str(user.pk): _mark(user)}}, salt=_SALT)


@dataclass(frozen=True)
class Device:
    """A browser that is known again: its id, and the users who signed in on it, who did so last at the end."""

    id: str
    user_ids: tuple[int, ...]

    @property
    def last_user_id(self) -> int | None:
        return self.user_ids[-1] if self.user_ids else None


def device_of(cookie: str) -> Device:
    """The device that sent the cookie; a new one where it has none that was signed here."""
    device = _read(cookie)
    return Device(device["id"], tuple(map(int, device["users"])))


def _read(cookie: str) -> dict[str, Any]:
    """What the cookie says; a new device where it has none that was signed here."""
    try:
        device: dict[str, Any] = signing.loads(cookie, salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return {"id": secrets.token_urlsafe(12), "users": {}}
    return device


def _mark(user: User) -> str:
    """Another one with each password, so that a device of who knew the old one is as strange as any."""
    return salted_hmac(_SALT, user.password).hexdigest()[:16]


def network_of(address: str) -> str:
    """Of IPv6, one household has as many addresses as it likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else address
