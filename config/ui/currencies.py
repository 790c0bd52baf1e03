"""The digits that amounts of a currency have: the minor units of ISO 4217.

Babel knows those of CLDR, which follow what circulates: for it, an Iraqi dinar or a Serbian dinar has no parts.
An accountant keeps them.
"""

_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_unit(currency: str) -> int:
    """How many digits stand behind the point: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)
