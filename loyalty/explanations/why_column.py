"""The columns *Type* and *Why* of every table of the ledger's rows, and what is told below a row."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chains.access import Right
from chains.addresses import address_of
from loyalty.explanations.transactions import reasons, undoing
from loyalty.ledger.models import Transaction


class WhyColumn:
    """The columns *Type* and *Why* of a table of rows read ``in_full``."""

    request: Any

    def kind_of(self, row: Transaction, *more: str) -> SafeString:
        """What the row is; beneath it more, what undid it or what it undoes, and what staff wrote."""
        comment = getattr(row, "comment", None)
        notes = [("", note) for note in (*more, undoing(row)) if note]
        if comment:
            notes.append((' class="row-comment"', comment.text))
        is_undone = SafeString(' class="is-undone"' if hasattr(row, "undone_by") else "")
        beneath = format_html_join("", " <small{}>{}</small>", ((SafeString(look), said) for look, said in notes))
        return format_html("<span{}>{}</span>{}", is_undone, row.get_kind_display(), beneath)

    def why_of(self, row: Transaction) -> SafeString | str:
        """What opens the reason below the row; nothing where there is none."""
        if not self.reasons_of(row):
            return ""
        opens = '<details class="row-opens"><summary aria-controls="below-{}">{}</summary></details>'
        return format_html(opens, row.pk, _("Why"))

    def below(self, row: Transaction) -> SafeString | None:
        """Why; of a row that undoes another, with the visit that tells more."""
        if not (sentences := self.reasons_of(row)):
            return None
        said = format_html("{}", sentences[0])
        if len(sentences) > 1:
            items = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences))
            said = format_html("<ul>{}</ul>", items)
        visit = row.visit if row.undoes_id else None
        if visit is None or not self.may_open(visit.location_id):
            return said
        url = address_of("visits:visit", visit.location.slug, visit.pk)
        return format_html('{} <a href="{}">{}</a>', said, url, _("Open the visit"))

    def may_open(self, location_id: int) -> bool:
        """Whether the reader works at the location of a visit."""
        may: bool = self.request.access.has_at(Right.CHECKOUT_VISITS, location_id)
        return may

    def reasons_of(self, row: Transaction) -> list[str]:
        """Asked for the cell and for what is below it."""
        kept: dict[int, list[str]] = vars(self).setdefault("reasons_by_row", {})
        if row.pk not in kept:
            kept[row.pk] = reasons(row, self.request.chain)
        return kept[row.pk]
