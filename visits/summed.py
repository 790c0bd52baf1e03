"""What visits come to by day and by month, kept as rows (docs/architecture.md, *Sums of visits*)."""

from django.db import models
from django.db.models import Q

from chains.models import Chain, Location


class VisitSum(models.Model):
    """What visits of a sort come to on a day, or in the month that begins on it; all rows of the sort together say it.

    A row is what one save changed, below 0 where it took away (``is_new``), or what many came to (``visits/sums.py``).
    """

    # What the rows name cannot be deleted, so that nothing has to be looked up here.
    chain = models.ForeignKey(Chain, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    of_month = models.BooleanField()
    on = models.DateField()
    location = models.ForeignKey(Location, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    status = models.CharField(max_length=10)
    is_settled = models.BooleanField()
    has_guest = models.BooleanField()
    is_new = models.BooleanField()
    visits = models.BigIntegerField()
    sold = models.DecimalField(max_digits=19, decimal_places=4)
    discount = models.DecimalField(max_digits=19, decimal_places=4)
    manual_discount = models.DecimalField(max_digits=19, decimal_places=4)
    due = models.DecimalField(max_digits=19, decimal_places=4)
    points_paid = models.DecimalField(max_digits=19, decimal_places=4)
    paid = models.DecimalField(max_digits=19, decimal_places=4)
    left = models.DecimalField(max_digits=19, decimal_places=4)
    recorded = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        indexes = (
            models.Index("chain", "of_month", "on", name="visit_sum_by_day"),
            models.Index("chain", condition=Q(is_new=True), name="visit_sum_new"),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.status}: {self.visits}"
