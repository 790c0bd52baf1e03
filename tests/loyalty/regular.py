"""A regular guest with many cards and a long past, and a visit with many lines: what must not cost more queries."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice, MeansChoice, Plan, Status
from loyalty.rules.terms import PromotionKind
from tests.loyalty.shop import NOW, Shop, days_later, make_card, make_client, make_plan, make_referral, make_shop, save
from tests.programs import make_card_type, make_promotion, plan_line
from visits.models import Visit, VisitLine, VisitPromotion

#: Points that end some time after the last visit: whoever touches them must know when that was.
ENDING = {"inactivity_count": 1, "inactivity_unit": "years"}


@dataclass(frozen=True)
class Regular:
    """A guest whom a friend invited; each card discounts by history, gives cashback and holds points."""

    shop: Shop
    guest: Client
    friend: Client
    cards: tuple[Card, ...]
    discounts: tuple[Promotion, ...]

    def plan(self, lines: int, *, points: int = 1) -> Plan:
        """A visit of that many lines under every discount, paid with points of every card and the rest in cash."""
        return make_plan(
            self.shop,
            self.guest,
            *(plan_line(self.shop.haircut) for _ in range(lines)),
            starts_at=days_later(1),
            discounts=tuple(
                DiscountChoice(card.pk, discount.pk) for card, discount in zip(self.cards, self.discounts, strict=True)
            ),
            means=tuple(MeansChoice(card.holder_id, Decimal(points)) for card in self.cards),
        )


def make_regular(name: str = "Aurora", *, cards: int, past: int) -> Regular:
    shop = make_shop(name)
    make_referral(shop.chain, accrues="every_visit")
    guest, friend = make_client(shop.chain, "Regular guest"), make_client(shop.chain, "Friend")
    save(shop, make_plan(shop, guest, referral=str(friend.phone), starts_at=days_later(-9)))
    discounts = [
        make_promotion(shop.chain, f"tiers {n}", PromotionKind.DISCOUNT_CUMULATIVE_VISITS, rules=[["1", "1"]])
        for n in range(cards)
    ]
    held = []
    for number, discount in enumerate(discounts):
        back = make_promotion(shop.chain, f"back {number}", PromotionKind.CASHBACK_CUMULATIVE_SOLD, rules=[["0", "1"]])
        free = make_promotion(shop.chain, f"free {number}", PromotionKind.DISCOUNT_NTH_FREE, "5000")
        card_type = make_card_type(shop.chain, f"type {number}", [discount, back, free], **ENDING)
        held.append(make_card(guest, card_type, points=100))
    regular = Regular(shop, guest, friend, tuple(held), tuple(discounts))
    make_past(regular, guest, past)
    make_past(regular, friend, past)
    return regular


def make_past(regular: Regular, client: Client, visits: int) -> None:
    """Settled visits before, as rows: playing them would take minutes."""
    shop = regular.shop
    past = Visit.objects.bulk_create(
        Visit(
            chain=shop.chain,
            location=shop.location,
            client=client,
            starts_at=(starts_at := NOW - timedelta(hours=number)),
            starts_on=shop.location.local_date(starts_at),
            status=Status.ARRIVED,
            sold=100,
            due=100,
            paid=100,
            settled_at=starts_at,
            saved_at=starts_at,
        )
        for number in range(1, visits + 1)
    )
    haircut = shop.haircut
    VisitLine.objects.bulk_create(
        VisitLine(
            visit=visit, position=0, item=haircut, kind=haircut.kind, quantity=1, unit_price=100, sold=100, due=100
        )
        for visit in past
    )
    Transaction.objects.bulk_create(
        Transaction(
            chain=shop.chain,
            at=visit.starts_at,
            location=shop.location,
            client=client,
            kind=TransactionKind.PROMOTION_DISCOUNT,
            amount=-1,
            visit=visit,
        )
        for visit in past
    )
    VisitPromotion.objects.bulk_create(
        VisitPromotion(visit=visit, card=card, promotion=promotion, terms=promotion.terms, eligible=True)
        for visit in past
        for card, promotion in zip(regular.cards[:1], regular.discounts, strict=False)
        if client == regular.guest
    )
