import django.db.models.deletion
from django.db import migrations, models

#: Rows of terms are never changed by anybody but this migration.
KEEP_STATE = """
    ALTER TABLE loyalty_referralterms DISABLE TRIGGER USER;
    UPDATE loyalty_referralterms SET state = 'off' WHERE NOT is_on;
    ALTER TABLE loyalty_referralterms ENABLE TRIGGER USER;
"""
KEEP_PROGRAM = """
    UPDATE loyalty_referrallink AS link SET program_id = program.id
    FROM loyalty_referralprogram AS program WHERE program.chain_id = link.chain_id;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0002_names_once_whatever_their_case"),
        ("loyalty", "0004_names_once_whatever_their_case"),
    ]

    operations = [
        migrations.AlterField(
            model_name="referralprogram",
            name="chain",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="referral_programs",
                to="chains.chain",
                verbose_name="chain",
            ),
        ),
        migrations.AddField(
            model_name="referralprogram",
            name="location",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="referral_programs",
                to="chains.location",
                verbose_name="location",
            ),
        ),
        migrations.AddConstraint(
            model_name="referralprogram",
            constraint=models.UniqueConstraint(
                fields=("chain", "location"), name="referral_program_once_per_place", nulls_distinct=False
            ),
        ),
        migrations.AddField(
            model_name="referralterms",
            name="first_in",
            field=models.CharField(
                choices=[("chain", "the chain"), ("location", "the location")],
                default="chain",
                max_length=8,
                verbose_name="first visit in",
            ),
        ),
        migrations.AddField(
            model_name="referralterms",
            name="counts_free_visits",
            field=models.BooleanField(default=True, verbose_name="visits that cost nothing count"),
        ),
        migrations.AddField(
            model_name="referralterms",
            name="state",
            field=models.CharField(
                choices=[("on", "on"), ("off", "off"), ("none", "none: that of the chain holds")],
                default="on",
                max_length=4,
                verbose_name="referral program",
            ),
        ),
        migrations.RunSQL(KEEP_STATE, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="referralterms", name="is_on"),
        migrations.AlterField(
            model_name="referralterms",
            name="card_type",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.cardtype",
                verbose_name="loyalty card for the bonuses",
            ),
        ),
        migrations.AlterField(
            model_name="referralterms",
            name="cashback",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.promotion",
                verbose_name="promotion for the inviting client",
            ),
        ),
        migrations.AlterField(
            model_name="referralterms",
            name="discount",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.promotion",
                verbose_name="promotion for the invited client",
            ),
        ),
        migrations.AddConstraint(
            model_name="referralterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "on"), _negated=True),
                    models.Q(("card_type__isnull", False), ("cashback__isnull", False), ("discount__isnull", False)),
                    _connector="OR",
                ),
                name="referral_program_on_is_whole",
            ),
        ),
        migrations.AddField(
            model_name="referrallink",
            name="program",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="loyalty.referralprogram",
            ),
        ),
        migrations.RunSQL(KEEP_PROGRAM, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="referrallink",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="loyalty.referralprogram",
            ),
        ),
    ]
