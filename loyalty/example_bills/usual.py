"""Amounts that a page suggests, so that they look like prices in the chain's currency."""

from decimal import Decimal

from chains.models import Chain

#: Roughly how many units of a currency a price of one euro has; where it is about one, or not known, 1.
UNITS_OF_A_PRICE = {
    **dict.fromkeys(("IDR", "LAK", "UZS", "GNF", "PYG"), 10_000),
    **dict.fromkeys(("VND", "IRR"), 20_000),
    **dict.fromkeys(("KRW", "COP", "MNT", "TZS", "UGX", "NGN"), 1_000),
    **dict.fromkeys(("CLP", "XAF", "XOF", "CRC", "KZT", "HUF", "AMD", "IQD", "ARS"), 500),
    **dict.fromkeys(("JPY", "ISK", "RSD", "ALL", "INR", "PKR", "RUB", "KES", "PHP"), 100),
    **dict.fromkeys(("CZK", "THB", "TWD", "UAH", "TRY", "MDL", "MXN", "ZAR", "EGP", "DOP"), 20),
    **dict.fromkeys(("SEK", "NOK", "DKK", "CNY", "HKD", "MOP", "MAD"), 10),
    **dict.fromkeys(("PLN", "RON", "ILS", "AED", "SAR", "QAR", "BRL", "MYR", "GEL", "PEN"), 5),
}


def usual_amount(chain: Chain, euros: int) -> Decimal:
    """About as much as so many euros, as a round number."""
    return Decimal(euros * UNITS_OF_A_PRICE.get(chain.currency, 1))
