"""Who invited whom: the link of a guest, and all above a client."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from psycopg import sql

from loyalty.referral.models import ReferralLink

_ABOVE = sql.SQL(
    """
    WITH RECURSIVE above (client_id) AS (
        SELECT inviter_id FROM {links} WHERE guest_id = %s
        UNION
        SELECT link.inviter_id FROM {links} link JOIN above ON link.guest_id = above.client_id
    )
    SELECT client_id FROM above
    """
)


@dataclass(frozen=True)
class Link:
    """Who invited a guest: under which program, and on which visit, whose start is ``began_at``."""

    inviter_id: int
    inviter_name: str
    program_id: int
    visit_id: int
    began_at: datetime


def links_elsewhere(guest_id: int, visit_id: int | None) -> QuerySet[ReferralLink]:
    """The link of the guest, unless this visit made it."""
    links = ReferralLink.objects.filter(guest=guest_id).order_by()
    return links.exclude(visit=visit_id) if visit_id else links


def inviters_above(client_id: int) -> frozenset[int]:
    """Everybody who invited the client, directly or through others."""
    # As text, since django-pghistory reads every statement of a request.
    query = _ABOVE.format(links=sql.Identifier(ReferralLink._meta.db_table)).as_string(None)
    with connection.cursor() as cursor:
        cursor.execute(query, [client_id])
        return frozenset(row[0] for row in cursor.fetchall())
