"""Plays a scenario's steps through the services that the screens use, and says what each did."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from chains.models import Chain
from chains.refusals import Code, Refusal
from clients.messages.models import Message
from loyalty.accounts.services import (
    adjust_account,
    block_account,
    open_account,
    pay_out,
    top_up,
    unblock_account,
)
from loyalty.cards import manual
from loyalty.cards.services import block_card, issue_card, register_client, unblock_card
from loyalty.gift_cards.services import (
    adjust_balance,
    block_gift_card,
    change_last_day,
    expire_gift_cards,
    unblock_gift_card,
)
from loyalty.ledger.burning import burn_points
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Transaction
from loyalty.ledger.notices import queue_notices
from loyalty.memberships.freezes import freeze, unfreeze
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.renewals.models import Renewal, Stopped
from loyalty.memberships.renewals.providers import PRACTICE, Answer, Asked, NoAnswer, PracticeCard
from loyalty.memberships.renewals.services import keep_method
from loyalty.memberships.renewals.stopping import stop_renewal
from loyalty.memberships.services import adjust_uses, block_membership, unblock_membership
from loyalty.memberships.services import change_last_day as change_membership_days
from visits.checkout import cancel_visit, save_visit
from visits.debits import debit_appointments
from visits.models import Visit
from visits.renewals import renew_due
from visits.scenario.keys import (
    ACCOUNT_TYPE_KEYS,
    CARD_TYPE_KEYS,
    GIFT_CARD_TYPE_KEYS,
    MEMBERSHIP_TYPE_KEYS,
    PROMOTION_KEYS,
)
from visits.scenario.plans import CHECKOUT_KEYS, changed_plan, checkout_plan, names_of_value
from visits.scenario.reader import Entry
from visits.scenario.setting_up import (
    build_world,
    change_account_type_to,
    change_card_type_to,
    change_gift_card_type_to,
    change_membership_type_to,
    change_promotion_to,
    said_at,
    set_referral,
)
from visits.scenario.world import SCENARIO, World, instant

STEP_KEYS = ("at", "as", "expect", "refused")
ACTIONS = (
    "checkout",
    "edit",
    "cancel",
    "block",
    "unblock",
    "issue",
    "manual_accrual",
    "manual_debit",
    "open",
    "top_up",
    "pay_out",
    "adjust",
    "freeze",
    "unfreeze",
    "renew",
    "stop_renewal",
    "undo",
    "change",
    "client",
    "run",
)


@dataclass(frozen=True)
class ChainState:
    """What the chain of a scenario holds between two steps; it grows with whatever a step writes."""

    row: int
    message: int
    versions: Mapping[int, int]
    clients: int
    things: tuple[int, ...]


def state_of(chain: Chain) -> ChainState:
    """The newest ledger row and message, the version of each visit, how many clients, cards and the like there are."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"chain": chain.pk})
        row, message, clients, things, visits, versions = cursor.fetchone()
    return ChainState(row, message, dict(zip(visits, versions, strict=True)), clients, tuple(things))


#: Asked for around each step, as the proof of the ledger is: in SQL of its own it is cheap enough.
_STATE = """
SELECT (SELECT coalesce(max(id), 0) FROM loyalty_transaction WHERE chain_id = %(chain)s),
  (SELECT coalesce(max(id), 0) FROM clients_message WHERE chain_id = %(chain)s),
  (SELECT count(*) FROM clients_client WHERE chain_id = %(chain)s),
  array[
    (SELECT count(*) FROM loyalty_card WHERE chain_id = %(chain)s),
    (SELECT count(*) FROM loyalty_giftcard WHERE chain_id = %(chain)s),
    (SELECT count(*) FROM loyalty_account WHERE chain_id = %(chain)s),
    (SELECT count(*) FROM loyalty_membership WHERE chain_id = %(chain)s),
    (SELECT count(*) FROM loyalty_freeze f JOIN loyalty_membershipperiod p ON p.id = f.period_id
      JOIN loyalty_membership m ON m.id = p.membership_id WHERE m.chain_id = %(chain)s)
  ],
  coalesce(array_agg(id), '{}'), coalesce(array_agg(version), '{}')
FROM visits_visit WHERE chain_id = %(chain)s
"""


@dataclass
class Step:
    """A step as it was played: what it was and what it wrote."""

    entry: Entry
    at: datetime
    name: str
    action: str
    visit: Visit | None = None
    refusal: Refusal | None = None
    rows: list[Transaction] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    versions: Mapping[int, int] = field(default_factory=dict)
    wrote_nothing: bool = False


@dataclass(frozen=True)
class Answering:
    """A payment provider that gives one answer to whatever it is asked."""

    says: str

    def charge(self, asked: Asked) -> Answer:
        if self.says == "no_answer":
            raise NoAnswer
        return Answer(self.says == "paid", asked.amount, asked.currency)

    ask = charge


class Player:
    """A scenario on its way: its world, and the steps played so far by name."""

    def __init__(self, file: Entry) -> None:
        self.file = file
        self.world: World = build_world(file)
        self.played: list[Step] = []
        self.named: dict[str, Step] = {}
        self.state = state_of(self.world.chain)

    def steps(self) -> Iterator[Step]:
        """Play step after step."""
        for entry in self.file.table()["steps"].list():
            yield self.play(entry)

    def play(self, entry: Entry) -> Step:
        """Play one step after those that were played."""
        step = self._begin(entry)
        self._play(step)
        self._look_after(step)
        self.played.append(step)
        if step.name:
            self.named[step.name] = step
        return step

    def _begin(self, entry: Entry) -> Step:
        keys = entry.table((*STEP_KEYS, *ACTIONS))
        actions = [key for key in keys if key in ACTIONS]
        if len(actions) > 1:
            raise entry.error(f"one action a step, not {' and '.join(actions)}")
        if "at" not in keys:
            raise entry.error("a step says at what time it is")
        at = instant(self.world.chain, keys["at"])
        if self.played and at < self.played[-1].at:
            raise keys["at"].error("time never runs backwards")
        name = keys["as"].text() if "as" in keys else ""
        if name in self.named:
            raise keys["as"].error(f"there is already a step {name!r}")
        return Step(entry, at, name, actions[0] if actions else "")

    def _play(self, step: Step) -> None:
        if not step.action:
            return
        act: Callable[[Step, Entry], None] = getattr(self, f"_{step.action}")
        try:
            # No savepoint around it: a service that refuses takes back by itself what it wrote.
            with said_at(step.entry):
                act(step, step.entry.table()[step.action])
        except Refusal as refusal:
            step.refusal = refusal
        connection.check_constraints()

    def _look_after(self, step: Step) -> None:
        chain, before = self.world.chain, self.state
        after = self.state = state_of(chain)
        rows = Transaction.objects.filter(chain=chain, pk__gt=before.row)
        told_with = ("chain", "client", "card__card_type", "holder__account__account_type", "holder__account__client")
        step.rows = list(rows.select_related(*told_with).order_by("pk"))
        step.messages = list(Message.objects.filter(chain=chain, pk__gt=before.message).select_related("client"))
        step.versions, step.wrote_nothing = after.versions, after == before
        # What only says what is expected moved nothing.
        step.broken = list(differences(chain)) if step.action else []

    def _visit_of(self, entry: Entry) -> Visit:
        step = self._step(entry)
        if step.visit is None:
            raise entry.not_made(f"the step {entry.text()!r} left no visit")
        return Visit.objects.with_plan().get(pk=step.visit.pk)

    def _step(self, entry: Entry) -> Step:
        if entry.text() not in self.named:
            raise entry.error(f"unknown step {entry.text()!r}")
        return self.named[entry.text()]

    def _checkout(self, step: Step, entry: Entry) -> None:
        keys = entry.table(CHECKOUT_KEYS)
        plan, location = checkout_plan(self.world, entry, keys, step.at)
        step.visit = save_visit(location=location, plan=plan, key=uuid.uuid4(), at=step.at, acting_user=SCENARIO)
        self._name_value(step.visit, keys)

    def _name_value(self, visit: Visit, keys: Mapping[str, Entry]) -> None:
        """Know what the value lines sold by the names that the step gives."""
        if "value" in keys:
            lines = visit.value_lines.filter(removed=False).order_by("position").values_list("pk", flat=True)
            named = zip(names_of_value(keys["value"]), lines, strict=True)
            self.world.sold |= {name: line_id for name, line_id in named if name}

    def _edit(self, step: Step, entry: Entry) -> None:
        keys = entry.table((*CHECKOUT_KEYS, "visit", "seen"))
        if "visit" not in keys:
            raise entry.error("an edit names the visit")
        visit = self._visit_of(keys["visit"])
        version = self._version_seen(keys["seen"], visit) if "seen" in keys else visit.version
        plan, location = changed_plan(self.world, visit, keys)
        step.visit = save_visit(
            location=location,
            plan=plan,
            visit_id=visit.pk,
            version=version,
            key=uuid.uuid4(),
            at=step.at,
            acting_user=SCENARIO,
        )
        self._name_value(step.visit, keys)

    def _version_seen(self, entry: Entry, visit: Visit) -> int:
        versions = self._step(entry).versions
        if visit.pk not in versions:
            raise entry.error(f"the visit was not there yet after {entry.text()!r}")
        return versions[visit.pk]

    def _cancel(self, step: Step, entry: Entry) -> None:
        visit = self._visit_of(entry)
        step.visit = cancel_visit(
            visit_id=visit.pk, chain=self.world.chain, key=uuid.uuid4(), at=step.at, acting_user=SCENARIO
        )

    def _block(self, step: Step, entry: Entry) -> None:
        if membership := self.world.find_membership(entry):
            block_membership(membership=membership, reason="", at=step.at)
        elif "." not in entry.text():
            block_gift_card(gift_card=self.world.gift_card(entry), reason="", at=step.at)
        elif self.world.names_account(entry):
            block_account(account=self.world.account(entry), reason="", at=step.at)
        else:
            block_card(card=self.world.card(entry), at=step.at)

    def _unblock(self, step: Step, entry: Entry) -> None:
        if membership := self.world.find_membership(entry):
            unblock_membership(membership=membership, reason="")
        elif "." not in entry.text():
            unblock_gift_card(gift_card=self.world.gift_card(entry), reason="")
        elif self.world.names_account(entry):
            unblock_account(account=self.world.account(entry), reason="")
        else:
            unblock_card(card=self.world.card(entry))

    def _open(self, step: Step, entry: Entry) -> None:
        client, account_type = self.world.account_names(entry)
        open_account(client=client, account_type=account_type, at=step.at, acting_user=SCENARIO)

    def _top_up(self, step: Step, entry: Entry) -> None:
        top_up(**self._money(step, entry))

    def _pay_out(self, step: Step, entry: Entry) -> None:
        pay_out(**self._money(step, entry))

    def _money(self, step: Step, entry: Entry) -> dict[str, Any]:
        keys = entry.table(("account", "amount", "comment"))
        for needed in ("account", "amount"):
            if needed not in keys:
                raise entry.error(f"{needed!r} is missing")
        return {
            "account": self.world.account(keys["account"]),
            "amount": keys["amount"].decimal(),
            "comment": keys["comment"].text() if "comment" in keys else "",
            "at": step.at,
            "acting_user": SCENARIO,
        }

    def _adjust(self, step: Step, entry: Entry) -> None:
        keys = entry.table(("gift_card", "account", "membership", "amount", "of", "comment", "last_day"))
        does: dict[str, Any] = {"at": step.at, "acting_user": SCENARIO}
        if "last_day" in keys and ("gift_card" in keys or "membership" in keys):
            does["last_on"] = None if keys["last_day"].text() == "never" else keys["last_day"].date()
            if "gift_card" in keys:
                change_last_day(gift_card=self.world.gift_card(keys["gift_card"]), **does)
            else:
                change_membership_days(membership=self.world.membership(keys["membership"]), **does)
            return
        if "amount" not in keys:
            raise entry.error("'amount' is missing")
        does |= {"amount": keys["amount"].decimal(), "comment": keys["comment"].text() if "comment" in keys else "–"}
        if "gift_card" in keys:
            adjust_balance(gift_card=self.world.gift_card(keys["gift_card"]), **does)
        elif "account" in keys:
            adjust_account(account=self.world.account(keys["account"]), **does)
        elif "membership" in keys:
            name = keys["membership"].text() + (f"/{keys['of'].text()}" if "of" in keys else "")
            self.world.membership(keys["membership"])
            counter = self.world.counter(Entry(name, keys["membership"].place))
            assert counter is not None
            adjust_uses(counter=counter, **does)
        else:
            raise entry.error("an adjustment names a gift_card, an account or a membership")

    def _freeze(self, step: Step, entry: Entry) -> None:
        keys = entry.table(("membership", "from", "to"))
        for needed in ("membership", "from", "to"):
            if needed not in keys:
                raise entry.error(f"{needed!r} is missing")
        freeze(
            membership=self.world.membership(keys["membership"]),
            first_on=keys["from"].date(),
            last_on=keys["to"].date(),
            at=step.at,
            acting_user=SCENARIO,
        )

    def _unfreeze(self, step: Step, entry: Entry) -> None:
        unfreeze(membership=self.world.membership(entry), at=step.at, acting_user=SCENARIO)

    def _renew(self, step: Step, entry: Entry) -> None:
        """The renewal job, with an answer of the payment provider to all that it is asked for."""
        keys = entry.table(("membership", "charge"))
        for needed in ("membership", "charge"):
            if needed not in keys:
                raise entry.error(f"{needed!r} is missing")
        self._let_renew(step, keys["membership"])
        answers = {PRACTICE: Answering(keys["charge"].one_of(["paid", "refused", "no_answer"]))}
        renew_due(chain=self.world.chain, providers=answers, at=step.at)

    def _stop_renewal(self, step: Step, entry: Entry) -> None:
        self._let_renew(step, entry)
        membership = self.world.membership(entry)
        stop_renewal(membership=membership, why=Stopped.BY_STAFF, at=step.at, acting_user=SCENARIO)

    def _let_renew(self, step: Step, entry: Entry) -> None:
        """A membership that renews was sold with its owner's consent, which is kept when it is first needed."""
        membership = self.world.membership(entry)
        if not Renewal.objects.filter(membership=membership).exists():
            keep_method(
                membership=membership,
                provider=PRACTICE,
                token=PracticeCard.PAYS,
                label="",
                consent="",
                at=step.at,
                acting_user=SCENARIO,
            )

    def _issue(self, step: Step, entry: Entry) -> None:
        keys: Mapping[str, Entry] = entry.table(("card", "number")) if entry.is_table else {"card": entry}
        client, card_type = self.world.card_names(keys["card"])
        number = keys["number"].text() if "number" in keys else ""
        issue_card(client=client, card_type=card_type, number=number, at=step.at, acting_user=SCENARIO)

    def _manual_accrual(self, step: Step, entry: Entry) -> None:
        keys = entry.table(("card", "amount", "comment", "last_day"))
        last_day = keys["last_day"].date() if "last_day" in keys and keys["last_day"].text() != "never" else None
        manual.accrue(last_day=last_day, **self._manual(step, entry, keys))

    def _manual_debit(self, step: Step, entry: Entry) -> None:
        manual.write_off(**self._manual(step, entry, entry.table(("card", "amount", "comment"))))

    def _manual(self, step: Step, entry: Entry, keys: Mapping[str, Entry]) -> dict[str, Any]:
        for needed in ("card", "amount"):
            if needed not in keys:
                raise entry.error(f"{needed!r} is missing")
        return {
            "card": self.world.card(keys["card"]),
            "amount": keys["amount"].decimal(),
            "comment": keys["comment"].text() if "comment" in keys else "",
            "at": step.at,
            "acting_user": SCENARIO,
        }

    def _undo(self, step: Step, entry: Entry) -> None:
        rows = self._step(entry).rows
        if not rows:
            raise Refusal(Code.NOT_UNDOABLE, "The step wrote nothing.")
        undo_by_hand(row=rows[-1], at=step.at, acting_user=SCENARIO)

    def _change(self, step: Step, entry: Entry) -> None:
        subjects = ("promotion", "card_type", "gift_card_type", "account_type", "membership_type", "referral")
        of_types = (*CARD_TYPE_KEYS, *GIFT_CARD_TYPE_KEYS, *ACCOUNT_TYPE_KEYS, *MEMBERSHIP_TYPE_KEYS)
        keys = dict(entry.table((*subjects, *PROMOTION_KEYS, *of_types)))
        if "referral" in keys:
            set_referral(self.world, keys["referral"], step.at)
        elif "promotion" in keys:
            promotion = self.world.promotion(keys.pop("promotion"))
            change_promotion_to(self.world, promotion, Entry(keys, entry.place).table(PROMOTION_KEYS), step.at)
        elif "card_type" in keys:
            card_type = self.world.card_type(keys.pop("card_type"))
            change_card_type_to(self.world, card_type, Entry(keys, entry.place).table(CARD_TYPE_KEYS), step.at)
        elif "gift_card_type" in keys:
            gift_card_type = self.world.gift_card_type(keys.pop("gift_card_type"))
            chosen = Entry(keys, entry.place).table(GIFT_CARD_TYPE_KEYS)
            change_gift_card_type_to(self.world, gift_card_type, chosen, step.at)
        elif "account_type" in keys:
            account_type = self.world.account_type(keys.pop("account_type"))
            chosen = Entry(keys, entry.place).table(ACCOUNT_TYPE_KEYS)
            change_account_type_to(self.world, account_type, chosen, step.at)
        elif "membership_type" in keys:
            membership_type = self.world.membership_type(keys.pop("membership_type"))
            chosen = Entry(keys, entry.place).table(MEMBERSHIP_TYPE_KEYS)
            change_membership_type_to(self.world, membership_type, chosen, step.at)
        else:
            raise entry.error(f"a change names one of {', '.join(subjects)}")

    def _client(self, step: Step, entry: Entry) -> None:
        keys = entry.table(("name", "phone", "location"))
        for needed in ("name", "phone", "location"):
            if needed not in keys:
                raise entry.error(f"{needed!r} is missing")
        name = keys["name"].text()
        if name in self.world.clients:
            raise keys["name"].not_made(f"there is already a client {name!r}")
        client = register_client(
            chain=self.world.chain,
            name=name,
            phone=keys["phone"].text(),
            location=self.world.location(keys["location"]),
            at=step.at,
            acting_user=SCENARIO,
        )
        self.world.clients[name] = client

    def _run(self, step: Step, entry: Entry) -> None:
        jobs = {
            "burning": (burn_points, expire_gift_cards, run_memberships),
            "notices": (queue_notices,),
            "automatic_debits": (debit_appointments,),
        }
        for job in jobs[entry.one_of(jobs)]:
            job(chain=self.world.chain, at=step.at)


@contextmanager
def rolled_back() -> Iterator[None]:
    """One transaction that leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
