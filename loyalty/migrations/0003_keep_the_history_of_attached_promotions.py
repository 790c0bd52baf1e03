import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Before there are triggers, so that what was attached long ago does not look as if it were attached today.
COPY = """
    INSERT INTO loyalty_attachment (card_type_id, promotion_id)
    SELECT cardtype_id, promotion_id FROM loyalty_cardtype_promotions
"""
COPY_BACK = """
    INSERT INTO loyalty_cardtype_promotions (cardtype_id, promotion_id)
    SELECT card_type_id, promotion_id FROM loyalty_attachment
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0002_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "card_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="loyalty.cardtype",
                        verbose_name="card type",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="loyalty.promotion",
                        verbose_name="promotion",
                    ),
                ),
            ],
            options={
                "verbose_name": "promotion of a card type",
                "verbose_name_plural": "promotions of card types",
            },
        ),
        migrations.RunSQL(COPY, COPY_BACK),
        migrations.RemoveField(model_name="cardtype", name="promotions"),
        migrations.AddField(
            model_name="cardtype",
            name="promotions",
            field=models.ManyToManyField(
                blank=True,
                related_name="card_types",
                through="loyalty.Attachment",
                to="loyalty.promotion",
                verbose_name="promotions",
            ),
        ),
        migrations.CreateModel(
            name="AttachmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "card_type",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.cardtype",
                        verbose_name="card type",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="loyalty.attachment",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.promotion",
                        verbose_name="promotion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                models.F("card_type"), models.F("promotion"), name="promotion_attached_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_attachmentevent" ("card_type_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promotion_id") VALUES (NEW."card_type_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promotion_id"); RETURN NULL;',
                    hash="9b8f2b6169f3f8e344a5f1e60acc1f836c9ea61b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_37cd4",
                    table="loyalty_attachment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_attachmentevent" ("card_type_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promotion_id") VALUES (OLD."card_type_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promotion_id"); RETURN NULL;',
                    hash="cc9d90c3c68de5e2fe8c1761d7a8df8005a73876",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_db740",
                    table="loyalty_attachment",
                    when="AFTER",
                ),
            ),
        ),
    ]
