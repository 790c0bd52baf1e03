"""Who invited whom, upwards."""

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


def inviters_above(client_id: int) -> frozenset[int]:
    """Everybody who invited the client, directly or through others."""
    # As text, since django-pghistory reads every statement of a request.
    query = _ABOVE.format(links=sql.Identifier(ReferralLink._meta.db_table)).as_string(None)
    with connection.cursor() as cursor:
        cursor.execute(query, [client_id])
        return frozenset(row[0] for row in cursor.fetchall())
