"""Who invited whom: the link of a guest, and all above a client."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
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
    program_id: int
    visit_id: int
    began_at: datetime


def link_elsewhere(guest_id: int | None, visit_id: int | None) -> Link | None:
    """The link that another visit than this one made of the guest."""
    if guest_id is None:
        return None
    links = ReferralLink.objects.filter(guest=guest_id)
    found = (links.exclude(visit=visit_id) if visit_id else links).order_by()
    return next(
        (Link(*row) for row in found.values_list("inviter_id", "program_id", "visit_id", "visit__starts_at")), None
    )


def inviters_above(client_id: int) -> frozenset[int]:
    """Everybody who invited the client, directly or through others."""
    # As text, since django-pghistory reads every statement of a request.
    query = _ABOVE.format(links=sql.Identifier(ReferralLink._meta.db_table)).as_string(None)
    with connection.cursor() as cursor:
        cursor.execute(query, [client_id])
        return frozenset(row[0] for row in cursor.fetchall())
