"""Who invited whom, upwards."""

from django.db import connection

from loyalty.referral.models import ReferralLink


def inviters_above(client_id: int) -> frozenset[int]:
    """Everybody who invited the client, directly or through others."""
    table = ReferralLink._meta.db_table
    query = f"""
        WITH RECURSIVE above (client_id) AS (
            SELECT inviter_id FROM {table} WHERE guest_id = %s
            UNION
            SELECT link.inviter_id FROM {table} link JOIN above ON link.guest_id = above.client_id
        )
        SELECT client_id FROM above
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [client_id])
        return frozenset(row[0] for row in cursor.fetchall())
