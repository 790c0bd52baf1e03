from django.db import migrations

#: As `clients.folding.pieces` makes them: the first one and two characters of each word are pieces, too.
ADD_BEGINNINGS = r"""
UPDATE clients_client SET search_grams = ARRAY(
  SELECT DISTINCT piece COLLATE "C" FROM (
    SELECT unnest(search_grams) AS piece
    UNION ALL
    SELECT left(word, beginning)
    FROM regexp_split_to_table(spellings || ' ' || regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g'), ' +') word,
      generate_series(1, 2) beginning
    WHERE word <> ''
  ) every ORDER BY 1
)
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_queue_letters_about_gift_cards")]

    operations = [migrations.RunSQL(ADD_BEGINNINGS, migrations.RunSQL.noop)]
