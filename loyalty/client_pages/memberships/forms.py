"""Forms about one membership: its uses, its days, its freezes, whose it is, blocked and unblocked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import User
from chains.refusals import Code, Refusal
from chains.writing import EditForm, SavedForm
from clients.models import Client
from clients.phones import read_phone
from config.ui.days import DayField
from config.ui.forms import OneChoice
from loyalty.client_pages.forms import ClientPageForm
from loyalty.client_pages.memberships.reading import ToldMembership
from loyalty.memberships.checks import MOST_USES
from loyalty.memberships.freezes import check_freeze, freeze, frozen_days, unfreeze
from loyalty.memberships.models import Membership, MembershipCounter
from loyalty.memberships.services import (
    adjust_uses,
    block_membership,
    change_last_day,
    give_membership,
    unblock_membership,
)
from loyalty.rules.memberships import Frozen

ADD, TAKE_AWAY = "add", "take_away"
#: So many days are frozen unless others are typed.
A_WEEK = 7


def comment_field(longest: int) -> forms.CharField:
    return forms.CharField(
        label=_("Comment"),
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why; it stays with the membership."),
    )


class AdjustForm(ClientPageForm):
    """Puts the visits that are left right by hand."""

    counter = forms.TypedChoiceField(label=_("Of what"), coerce=int)
    way = forms.ChoiceField(
        label=_("What to do"),
        choices=((ADD, _("Add visits")), (TAKE_AWAY, _("Take visits away"))),
        widget=OneChoice,
        initial=ADD,
    )
    amount = forms.IntegerField(label=_("Visits"), min_value=1, max_value=MOST_USES)
    comment = comment_field(500)

    def __init__(self, *args: Any, shown: ToldMembership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counters: dict[int, MembershipCounter] = {each.counter.key: each.counter for each in shown.counted}
        counter = self.fields["counter"]
        assert isinstance(counter, forms.TypedChoiceField)
        counter.choices = [
            (each.counter.key, _("%(what)s: %(left)s left") % {"what": each.what, "left": each.left})
            for each in shown.counted
        ]

    def write(self) -> None:
        sign = -1 if self.cleaned_data["way"] == TAKE_AWAY else +1
        adjust_uses(
            counter=self.counters[self.cleaned_data["counter"]],
            amount=Decimal(sign * self.cleaned_data["amount"]),
            comment=self.cleaned_data["comment"],
            **self.claimed(),
        )


class LastDayForm(EditForm):
    """Lets a membership be good through another day."""

    last_on = DayField(
        label=_("Valid until"), required=False, help_text=_("Good through this day; leave blank to go by its type.")
    )
    last_on_reason = comment_field(300)

    def __init__(self, *args: Any, membership: Membership, acting_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership, self.acting_user = membership, acting_user

    def texts_of(self, columns: Any) -> dict[str, Any]:
        """Another day has a reason of its own."""
        kept = dict(columns)
        return kept if self.merge else {**kept, "last_on_reason": ""}

    def write(self) -> None:
        change_last_day(
            membership=self.membership,
            last_on=self.cleaned_data["last_on"],
            reason=self.cleaned_data["last_on_reason"],
            seen=self.cleaned_data["seen"],
            key=self.cleaned_data["key"],
            at=timezone.now(),
            acting_user=self.acting_user,
        )


class AfterFreeze(NamedTuple):
    """What a freeze would make of the days: how many are frozen, its last day before and after, days left to freeze."""

    days: int
    before: date | None
    after: date | None
    left: int


class FreezeForm(ClientPageForm):
    """Freezes a membership from a day through a day; what becomes of its last day is told before."""

    first_on = DayField(label=_("Frozen from"))
    last_on = DayField(label=_("Frozen through"), help_text=_("Both days are frozen."))

    def __init__(self, *args: Any, shown: ToldMembership, **kwargs: Any) -> None:
        self.shown, today = shown, shown.on
        begins = max(today, shown.period.first_on or today)
        usual = max(1, min(A_WEEK, shown.days_to_freeze))
        days = {"first_on": begins, "last_on": begins + timedelta(days=usual - 1)}
        super().__init__(*args, initial=days, **kwargs)
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.widget.attrs["min"] = begins.isoformat()

    def look(self) -> AfterFreeze | None:
        """What the days that stand in the form would do; None where they cannot be, which stands beside them then."""
        if self.is_bound and not self.is_valid():
            return None
        days = self.cleaned_data if self.is_bound else self.initial
        wanted, now, under = Frozen(days["first_on"], days["last_on"]), self.shown.days, self.shown.under
        try:
            check_freeze(now, under, wanted, today=self.shown.on)
        except Refusal as refusal:
            if self.is_bound:
                self.add_error(refusal.field_of(self.fields), str(refusal))
            return None
        after = frozen_days(now, under, wanted)
        return AfterFreeze(wanted.days, now.last_on, after.last_on, self.shown.days_to_freeze - wanted.days)

    def write(self) -> None:
        days = {name: self.cleaned_data[name] for name in ("first_on", "last_on")}
        freeze(membership=self.shown.membership, **days, **self.claimed())


class UnfreezeForm(ClientPageForm):
    """Ends the freeze of today, or drops those that have not begun."""

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership

    def write(self) -> None:
        unfreeze(membership=self.membership, **self.claimed())


class GiveForm(ClientPageForm):
    """Makes a membership another client's, who is found by the phone and told by name before."""

    phone = forms.CharField(
        label=_("Phone of the new owner"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("As the guest says it, or with + and the country."),
    )
    shown_to = forms.CharField(widget=forms.HiddenInput, required=False)

    #: Who is found by the phone that was typed.
    found: Client | None = None

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership

    def find(self) -> Client:
        """Refuses ``unknown_client`` where nobody of the chain has the phone, or the owner does before it is given."""
        chain = self.membership.chain
        phone = read_phone(self.cleaned_data["phone"], chain)
        self.found = chain.clients.filter(phone=phone).first() if phone else None
        if self.found is None:
            raise Refusal(Code.UNKNOWN_CLIENT, _("No client of the chain has this phone."), field="phone")
        if self.found.pk == self.membership.client_id and not self.is_told:
            raise Refusal(Code.UNKNOWN_CLIENT, _("It is this client's already."), field="phone")
        return self.found

    @property
    def is_told(self) -> bool:
        """Whether the page that was sent said by name whose it becomes."""
        return self.found is not None and self.cleaned_data["shown_to"] == self.found.name

    def write(self) -> None:
        """Nothing is written before the page has said whose it becomes."""
        client = self.find()
        if self.is_told:
            give_membership(membership=self.membership, client=client, **self.claimed())
            return
        # Sent once more, it says whom it was told.
        self.data = {name: self.data.get(name) for name in self.fields} | {"shown_to": client.name}


class BlockForm(SavedForm):
    """Blocks a membership, or unblocks it; doing it twice is doing it once, so it carries no key."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is read beside the membership, and stays in its history."),
    )

    def block(self, membership: Membership) -> None:
        block_membership(membership=membership, reason=self.cleaned_data["reason"], at=timezone.now())

    def unblock(self, membership: Membership) -> None:
        unblock_membership(membership=membership, reason=self.cleaned_data["reason"])
