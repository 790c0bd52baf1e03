"""Every address of the site, read from the URL resolver, so that no test has a list of them to keep."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from chains.spaces import Door
from tests.cast import Cast

# Pages of django-allauth, which guards them itself.
SIGN_IN = {
    "account_change_password",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
}


@dataclass(frozen=True)
class Address:
    """One entry of the resolver, and the door that its view stands behind."""

    name: str
    parameters: tuple[str, ...]
    door: Door | None

    def __str__(self) -> str:
        return self.name

    @property
    def objects(self) -> list[str]:
        """The parameters that name an object within the space."""
        return [name for name in self.parameters if not name.endswith("_slug")]

    def of(self, chain_slug: str, location_slug: str, **objects: int) -> str:
        known = {"chain_slug": chain_slug, "location_slug": location_slug, **objects}
        return reverse(self.name, kwargs={name: known[name] for name in self.parameters})

    def of_cast(self, cast: Cast, **objects: int) -> str:
        """The address within Aurora, at its center."""
        return self.of(cast.aurora.slug, cast.center.slug, **objects)


def addresses() -> list[Address]:
    return list(_walk(get_resolver(), namespace="", inherited=()))


def guarded() -> list[Address]:
    return [address for address in addresses() if address.door is not None]


def _walk(resolver: URLResolver, *, namespace: str, inherited: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        parameters = (*inherited, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", parameters, getattr(pattern.callback, "door", None))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, namespace=inner, inherited=parameters)
