"""The kinds of what a chain sells; a plain list, so that the rules may name them too."""

from enum import StrEnum


class ItemKind(StrEnum):
    SERVICE = "service"
    PRODUCT = "product"
