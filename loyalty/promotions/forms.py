"""The form of a promotion: every field that its kind needs, and no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.edits import Columns
from chains.models import Chain
from config.ui.amounts import amount_or_percent, figure_text
from config.ui.days import DayField
from config.ui.fields import FigureField
from config.ui.forms import ManyChoices, OneChoice
from loyalty.cards.services import is_of_referral_program
from loyalty.labels import choices_of
from loyalty.programs.forms import SCOPE_DEFAULTS, ProgramForm, scope_texts
from loyalty.promotions.checks import mistakes_in_rows
from loyalty.promotions.fields import (
    UNUSED,
    columns_of,
    counts_visits,
    gives_points,
    has_rules,
    is_free_units,
    unused_by,
)
from loyalty.promotions.kinds import Answers, KindField
from loyalty.promotions.models import Promotion, PromotionTerms, rules_of
from loyalty.promotions.rules_field import Row, RulesField, readable_rows
from loyalty.promotions.services import as_kept
from loyalty.rules.terms import KINDS, PeriodUnit, PickedBy, PromotionKind, ScopeMode, Source, Unit

#: What stands in the fields of a new promotion.
DEFAULTS: dict[str, Any] = {
    **SCOPE_DEFAULTS,
    "unit": Unit.PERCENT,
    "source": Source.CHAIN,
    "every": "1",
    "limit": "0",
}

STARTS = {
    PickedBy.HISTORY_SOLD: _("Sold from"),
    PickedBy.HISTORY_PAID: _("Paid from"),
    PickedBy.HISTORY_VISITS: _("Visits from"),
    PickedBy.VISIT_SOLD: _("Sold in the visit from"),
    PickedBy.VISIT_PAID: _("Paid in the visit from"),
}

#: Fields that a kind has no use for which looks at services only.
OF_PRODUCTS = ("product_mode", "products", "product_categories")

#: Fields that hold what their columns do.
AS_KEPT = (
    "name",
    "kind",
    "unit",
    "source",
    "history_from",
    "every",
    "limit",
    "burn_count",
    "notice",
    "first_day",
    "last_day",
    "card_types",
)

NAMING = (_("What it gives"), ("name", "kind"))


class PromotionForm(ProgramForm):
    """Asks for the fields of the kind that is chosen; without a kind only for name and kind."""

    LINKS = PromotionTerms.LINKS
    SECTIONS = (
        NAMING,
        (_("How much"), ("unit", "value", "rules")),
        (_("Whose history counts"), ("source", "history_from")),
        (_("How often"), ("every", "limit")),
        (_("How long"), ("burn_count", "burn_unit", "notice")),
        (
            _("Where, when and on what"),
            (
                "where",
                "locations",
                "first_day",
                "last_day",
                "service_mode",
                "services",
                "service_categories",
                "product_mode",
                "products",
                "product_categories",
            ),
        ),
        (_("Through which cards"), ("card_types",)),
    )

    kind = KindField(label=_("Kind"), help_text=_("The next steps follow your answers."))
    unit = forms.ChoiceField(label=_("Unit"), widget=OneChoice, choices=choices_of(Unit))
    value = FigureField(label=_("Value"))
    rules = RulesField(
        label=_("Rules"),
        help_text=_("The last row that the guest has reached gives its value; below the first there is nothing."),
    )
    source = forms.ChoiceField(
        label=_("Source of parameters for rules"),
        widget=OneChoice,
        choices=choices_of(Source),
        help_text=_("Visits of the whole chain count, or those at this promotion's locations, or at the card's."),
    )
    history_from = DayField(
        label=_("Starting date of history"),
        required=False,
        help_text=_("Visits before this day do not count; blank counts them all."),
    )
    every = forms.IntegerField(
        label=_("Number of visits (to apply)"),
        help_text=_("1 is every visit, 3 every third visit of the card on which it would give something."),
    )
    limit = forms.IntegerField(
        label=_("Limit of uses"), help_text=_("How often one card may use it; 0 is without limit.")
    )
    burn_count = forms.IntegerField(label=_("Burning of unused points"), required=False)
    burn_unit = forms.ChoiceField(
        label=_("Days, weeks, months or years"),
        required=False,
        choices=choices_of(PeriodUnit),
        help_text=_("By calendar: a month from 31 January ends on the last day of February."),
    )
    notice = forms.IntegerField(
        label=_("Notification before burning"),
        required=False,
        help_text=_("Guests are told this many days before their points burn; blank tells nobody."),
    )
    first_day = DayField(
        label=_("First day"), required=False, help_text=_("Visits before this day get nothing; blank begins at once.")
    )
    last_day = DayField(
        label=_("Last day"), required=False, help_text=_("Visits after this day get nothing; blank never ends.")
    )
    card_types: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label=_("Card types"),
        queryset=None,
        widget=ManyChoices,
        required=False,
        help_text=_("It acts through cards of these types; the same link can be made at the card type."),
    )

    def __init__(
        self,
        *args: Any,
        chain: Chain,
        promotion: Promotion | None,
        is_used: bool = False,
        is_for_referral: bool = False,
        only_kind: str = "",
        **kwargs: Any,
    ) -> None:
        terms = promotion.terms if promotion else None
        super().__init__(*args, chain=chain, terms=terms, **kwargs)
        self.promotion, self.terms = promotion, terms
        self._label_scopes()
        #: Whether the referral program gives it, or will.
        self.is_of_referral = is_for_referral or (promotion is not None and is_of_referral_program(promotion))
        self._offer_card_types()
        if only_kind:
            self._ask_no_kind_but(only_kind)
        if is_used:
            self._lock()
        self.chosen_kind = self._chosen_kind()
        self._keep_fields()

    def _offer_card_types(self) -> None:
        """What is not archived or was attached before; none to a promotion that the referral program gives, or will."""
        field, promotion = self.choices_of("card_types"), self.promotion
        attached: Any = promotion.card_types.values_list("pk", flat=True) if promotion else []
        types = self.chain.card_types.filter(Q(terms__archived=False) | Q(pk__in=attached))
        field.queryset = types.select_related("terms").order_by("name_folded", "pk")
        if self.is_of_referral:
            field.queryset = field.queryset.filter(pk__in=attached)
            field.help_text = _("The referral program gives this promotion, so no card type may carry it.")

    def _lock(self) -> None:
        """Kind and unit of a used promotion are shown, with the reason why they stay."""
        assert self.terms is not None
        self._ask_no_kind_but(self.terms.kind)
        self.fields["unit"].disabled = True
        for name in ("kind", "unit"):
            self.initial[name] = getattr(self.terms, name)
            self.fields[name].help_text = _(
                "It was used already, so this stays: past visits were computed with it. Archive it and make a new one."
            )

    def _ask_no_kind_but(self, only: str) -> None:
        kind = self.fields["kind"]
        assert isinstance(kind, KindField)
        kind.keep()
        kind.help_text = ""
        self.initial["kind"] = only

    def _chosen_kind(self) -> str:
        bound = self["kind"]
        kind = bound.initial if self.fields["kind"].disabled or not self.is_bound else bound.data
        return "" if isinstance(kind, Answers) or kind not in set(PromotionKind) else str(kind)

    def _keep_fields(self) -> None:
        """Without a kind only what says which; with one, what it needs."""
        if not self.chosen_kind:
            for name in set(self.fields) - {"key", "seen", *NAMING[1]}:
                del self.fields[name]
            return
        for name in set(UNUSED) - columns_of(self.chosen_kind):
            del self.fields[name]
        if is_free_units(self.chosen_kind):
            for name in OF_PRODUCTS:
                del self.fields[name]
        self._describe_value()
        self._describe_burning()

    def carried(self, post: QueryDict) -> list[tuple[str, str]]:
        """What was typed into fields that the kind leaves out: another answer may bring them back."""
        left_out = set(self.base_fields) - set(self.fields)
        return [(name, text) for name in post if name.partition("-")[0] in left_out for text in post.getlist(name)]

    def _describe_value(self) -> None:
        kind, currency = self.chosen_kind, self.chain.currency
        if "unit" in self.fields:
            unit = self.fields["unit"]
            assert isinstance(unit, forms.ChoiceField)
            amount = _("points") if gives_points(kind) else currency
            unit.choices = [(Unit.PERCENT, _("percent")), (Unit.AMOUNT, _("amount, in %(unit)s") % {"unit": amount})]
            unit.help_text = unit.help_text or _("A percentage of the bill, or a fixed amount once per visit.")
        if has_rules(kind):
            rules = self.fields["rules"]
            assert isinstance(rules, RulesField)
            start = STARTS[KINDS[PromotionKind(kind)].picked_by]
            rules.finest = amount_or_percent(self.chain.places)
            rules.widget.start_label = start if counts_visits(kind) else f"{start}, {currency}"
        else:
            value = self.fields["value"]
            assert isinstance(value, FigureField)
            value.finest = amount_or_percent(self.chain.places)
            value.help_text = self._help_of_value()
            if is_free_units(kind):
                value.label = _("Units to pay for")

    def _help_of_value(self) -> StrOrPromise:
        if is_free_units(self.chosen_kind):
            return _("So many units are paid for, the next is free: 5 makes each sixth one free.")
        if gives_points(self.chosen_kind):
            return _("The guest gets this percentage back in points, or this many points per visit.")
        return _("This percentage is taken off each line, or this amount off the bill.")

    def _describe_burning(self) -> None:
        if "burn_count" not in self.fields:
            return
        burning = self.fields["burn_count"]
        burning.help_text = _("Points not spent by then are lost; blank keeps them forever.")
        if not gives_points(self.chosen_kind):
            burning.label = _("Burning of the history")
            burning.help_text = _("After a longer gap between two visits the history begins anew; blank never forgets.")

    def _label_scopes(self) -> None:
        labels = {
            "where": (_("Valid for the locations"), _("With listed, it gives nothing at the other locations.")),
            "service_mode": (_("Services"), _("Which services it looks at.")),
            "product_mode": (_("Products"), _("Which products it looks at.")),
        }
        for name, (label, help_text) in labels.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text

    def clean_value(self) -> Decimal:
        value: Decimal = self.cleaned_data["value"]
        if not value:
            raise ValidationError(_("Type more than 0, or it gives nothing."))
        return value

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        if is_free_units(self.chosen_kind or PromotionKind.DISCOUNT_FIXED):
            if chosen.get("service_mode") == ScopeMode.NONE:
                self.add_error("service_mode", _("Without services it gives nothing."))
        elif chosen.get("service_mode") == chosen.get("product_mode") == ScopeMode.NONE:
            self.add_error("product_mode", _("Without services and products it gives nothing."))
        if chosen.get("burn_count") is None and "burn_unit" in self.fields:
            chosen["burn_unit"] = ""
        if self.chosen_kind:
            promotion = Promotion(pk=self.promotion.pk if self.promotion else None, chain=self.chain)
            self.add_mistakes_of(PromotionTerms(promotion=promotion, **self.choices))
            self._add_mistakes_of_readable_rows()
        return chosen

    def _add_mistakes_of_readable_rows(self) -> None:
        """Where some rows of the table cannot be read, the others are told about too."""
        if "rules" not in self.errors or "rules" in self.cleaned_data or self.cleaned_data.get("unit") is None:
            return
        rows = as_kept({"rules": readable_rows(self["rules"].data, amount_or_percent(self.chain.places))})["rules"]
        for mistake in mistakes_in_rows(rows, self.chosen_kind, self.cleaned_data["unit"], self.chain.places):
            self.add_error("rules", mistake)

    @property
    def choices(self) -> dict[str, Any]:
        """Those that the kind has no use for as if never chosen."""
        own = set(UNUSED) | {"kind", "every", "limit", "first_day", "last_day"}
        chosen = {name: value for name, value in self.cleaned_data.items() if name in own}
        columns = {**chosen, "kind": self.chosen_kind, **self.scope_columns(), **unused_by(self.chosen_kind)}
        return as_kept({**columns, **(self._columns_of_products() if is_free_units(self.chosen_kind) else {})})

    def _columns_of_products(self) -> dict[str, Any]:
        """A kind that looks at services only is not asked about products; what was kept before stays as it is."""
        if self.terms and is_free_units(self.terms.kind):
            return {name: getattr(self.terms, name) for name in OF_PRODUCTS}
        return {"product_mode": ScopeMode.NONE.value, "products": [], "product_categories": []}

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the promotion is kept, or would be, its figures in the chain's currency."""
        places = self.chain.places
        money = places if columns["unit"] == Unit.AMOUNT else 0
        starts = 0 if counts_visits(columns["kind"]) else places
        rules = rules_of(columns["rules"])
        return {
            **DEFAULTS,
            **{name: columns[name] for name in AS_KEPT},
            **scope_texts(columns),
            "value": figure_text(columns["value"], money) if columns["value"] else "",
            "burn_unit": columns["burn_unit"] or PeriodUnit.DAYS,
            "rules": [Row(figure_text(start, starts), figure_text(value, money)) for start, value in rules],
        }
