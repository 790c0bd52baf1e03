"""When lots end, for as many as there are in one query (docs/rules.md, section 5).

``loyalty/rules/points.py`` says it of one lot; what stands here says the same in SQL, and tests hold the two equal.
"""

from django.db.models import Case, DateField, DurationField, Func, Q, When, Window
from django.db.models.functions import Cast, Coalesce, Greatest, Least, RowNumber
from django.db.models.lookups import Exact

from loyalty.ledger.questions import last_visit


def last_day(client: str | int = "holder__client") -> Coalesce:
    """The last day of a lot that is queried: of both clocks the earlier, None for ever; of one that ended, its end.

    ``client`` is its owner: where all lots are those of one, it is looked up once when that came last.
    The least and the greatest of a day and NULL are the day.
    """
    idle = Func(
        "inactivity_count",
        "inactivity_unit",
        # "3 months"; the calendar of PostgreSQL is that of the rules: 31 January + 1 month is the last of February.
        template="(%(expressions)s)::interval",
        arg_joiner=" || ' ' || ",
        output_field=DurationField(),
    )
    idle_since = Greatest("granted_on", last_visit(client))
    # Only of a lot with a clock is the guest's last visit looked up.
    by_clock = Case(When(inactivity_count__gt=0, then=Cast(idle_since + idle, DateField())), output_field=DateField())
    return Coalesce("ended_on", Least("last_on", by_clock))


def last_visit_by_clock() -> Case:
    """The local date of the last settled visit of a lot's owner, said by one lot with a clock of each holder."""
    number = Window(RowNumber(), partition_by=["holder", "inactivity_unit"])
    says = When(Exact(number, 1) & Q(inactivity_count__gt=0), then=last_visit("holder__client"))
    return Case(says, output_field=DateField())
