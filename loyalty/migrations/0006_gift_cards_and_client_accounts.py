import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import chains.folding


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0004_rights_of_value"),
        ("chains", "__first__"),
        ("clients", "0001_initial"),
        ("loyalty", "0005_index_lists"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("visits", "0004_what_value_lines_are_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandedMoney",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("card", "Bank card"),
                            ("transfer", "Bank transfer"),
                            ("online", "Online"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handed_money",
                        to="loyalty.transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "money handed over",
                "verbose_name_plural": "money handed over",
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_type", models.CharField(max_length=50)),
                ("content", models.BinaryField()),
                ("added_at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chains.chain"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "name_folded",
                    chains.folding.FoldedField(db_collation="C", editable=False, max_length=200, of="name"),
                ),
                ("name_spellings", chains.folding.SpellingsField(editable=False, of="name")),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_types",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
            ],
            options={
                "verbose_name": "account type",
                "verbose_name_plural": "account types",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("chain"),
                        django.db.models.functions.text.Lower("name"),
                        name="account_type_name_once_per_chain",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountTypeTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("set_at", models.DateTimeField(verbose_name="in force since")),
                (
                    "locations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, null=True, size=None, verbose_name="locations"
                    ),
                ),
                (
                    "credit",
                    models.DecimalField(decimal_places=4, default=0, max_digits=19, verbose_name="on credit up to"),
                ),
                ("archived", models.BooleanField(default=False, verbose_name="archived")),
                (
                    "account_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="all_terms", to="loyalty.accounttype"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="blocked")),
                ("block_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "holder",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="account", to="loyalty.holder"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "account_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="loyalty.accounttype",
                        verbose_name="type",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loyalty.accounttypeterms"
                    ),
                ),
            ],
            options={
                "verbose_name": "client account",
                "verbose_name_plural": "client accounts",
                "indexes": [
                    models.Index(
                        models.F("chain"),
                        models.OrderBy(models.F("opened_at"), descending=True),
                        models.F("id"),
                        name="account_by_opening",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("client"), models.F("account_type"), name="account_type_held_once_per_client"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="blocked")),
                ("block_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "chain",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.holder",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        to="loyalty.account",
                    ),
                ),
                (
                    "account_type",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.accounttype",
                        verbose_name="type",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.accounttypeterms",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AccountTypeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "chain",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="chains.chain",
                        verbose_name="chain",
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
                        to="loyalty.accounttype",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.accounttypeterms",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GiftCardRecipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="name of who receives it")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail of who receives it")),
                ("message", models.TextField(blank=True, max_length=1000, verbose_name="message")),
                ("send_on", models.DateField(blank=True, null=True, verbose_name="send on")),
            ],
            options={
                "verbose_name": "recipient of a gift card",
                "verbose_name_plural": "recipients of gift cards",
            },
        ),
        migrations.CreateModel(
            name="GiftCardType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "name_folded",
                    chains.folding.FoldedField(db_collation="C", editable=False, max_length=200, of="name"),
                ),
                ("name_spellings", chains.folding.SpellingsField(editable=False, of="name")),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_card_types",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
            ],
            options={
                "verbose_name": "gift card type",
                "verbose_name_plural": "gift card types",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("chain"),
                        django.db.models.functions.text.Lower("name"),
                        name="gift_card_type_name_once_per_chain",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GiftCardTypeTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("set_at", models.DateTimeField(verbose_name="in force since")),
                ("par_least", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="par value from")),
                ("par_most", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="par value to")),
                (
                    "suggested",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=4, max_digits=19),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="suggested amounts",
                    ),
                ),
                (
                    "write_off",
                    models.CharField(
                        choices=[
                            ("multiple", "until nothing is left"),
                            ("single", "with one payment; what is left of it is forfeited"),
                        ],
                        default="multiple",
                        max_length=10,
                        verbose_name="write-off",
                    ),
                ),
                (
                    "service_mode",
                    models.CharField(
                        choices=[("any", "any"), ("none", "none"), ("listed", "listed")],
                        default="any",
                        max_length=10,
                        verbose_name="services it pays for",
                    ),
                ),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "service_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "product_mode",
                    models.CharField(
                        choices=[("any", "any"), ("none", "none"), ("listed", "listed")],
                        default="any",
                        max_length=10,
                        verbose_name="products it pays for",
                    ),
                ),
                (
                    "products",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "product_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("valid_count", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="valid for")),
                (
                    "valid_unit",
                    models.CharField(
                        blank=True,
                        choices=[("days", "days"), ("weeks", "weeks"), ("months", "months"), ("years", "years")],
                        max_length=10,
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "locations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, null=True, size=None, verbose_name="locations"
                    ),
                ),
                ("named", models.BooleanField(default=False, verbose_name="named")),
                ("copies", models.PositiveIntegerField(default=0, verbose_name="how many may be sold")),
                ("online_title", models.CharField(blank=True, max_length=150, verbose_name="title online")),
                (
                    "online_description",
                    models.TextField(blank=True, max_length=2000, verbose_name="description online"),
                ),
                (
                    "online_price",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=19, null=True, verbose_name="price online"
                    ),
                ),
                ("archived", models.BooleanField(default=False, verbose_name="archived")),
                (
                    "gift_card_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="all_terms", to="loyalty.giftcardtype"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "online_picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.picture",
                        verbose_name="picture online",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GiftCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, verbose_name="number")),
                ("number_folded", models.CharField(blank=True, editable=False, max_length=80)),
                ("par", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="par value")),
                ("last_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("sold_at", models.DateTimeField(verbose_name="sold")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="blocked")),
                ("block_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "buyer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bought_gift_cards",
                        to="clients.client",
                        verbose_name="buyer",
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_cards",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
                (
                    "holder",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gift_card", to="loyalty.holder"
                    ),
                ),
                (
                    "sold_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gift_card_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_cards",
                        to="loyalty.giftcardtype",
                        verbose_name="type",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loyalty.giftcardtypeterms"
                    ),
                ),
            ],
            options={
                "verbose_name": "gift card",
                "verbose_name_plural": "gift cards",
                "indexes": [
                    models.Index(
                        models.F("chain"),
                        models.OrderBy(models.F("sold_at"), descending=True),
                        models.F("id"),
                        name="gift_card_by_sale",
                    ),
                    models.Index(
                        models.F("chain"),
                        models.F("last_on"),
                        condition=models.Q(("last_on__isnull", False)),
                        name="gift_card_by_last_day",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number_folded", ""), _negated=True),
                        fields=("chain", "number_folded"),
                        name="gift_card_number_once_per_chain",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GiftCardEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("number", models.CharField(max_length=40, verbose_name="number")),
                ("number_folded", models.CharField(blank=True, editable=False, max_length=80)),
                ("par", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="par value")),
                ("last_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("sold_at", models.DateTimeField(verbose_name="sold")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="blocked")),
                ("block_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "buyer",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clients.client",
                        verbose_name="buyer",
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="chains.chain",
                        verbose_name="chain",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.holder",
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
                        to="loyalty.giftcard",
                    ),
                ),
                (
                    "sold_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gift_card_type",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.giftcardtype",
                        verbose_name="type",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.giftcardtypeterms",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GiftCardTypeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "chain",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="chains.chain",
                        verbose_name="chain",
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
                        to="loyalty.giftcardtype",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="loyalty.giftcardtypeterms",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="AccountType",
            name="terms",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loyalty.accounttypeterms"
            ),
        ),
        migrations.AddField(
            model_name="GiftCardRecipient",
            name="gift_card",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="recipient", to="loyalty.giftcard"
            ),
        ),
        migrations.AddField(
            model_name="GiftCardType",
            name="terms",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loyalty.giftcardtypeterms"
            ),
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_debit_not_below_zero",
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "gift_card_expiry"), ("undoes", None)),
                fields=("holder", "turn"),
                name="expiry_once_per_holder_and_turn",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gte", 0),
                    ("undoes__isnull", False),
                    ("holder", None),
                    ("balance_after__gte", 0),
                    ("kind__in", ["account_payment"]),
                    _connector="OR",
                ),
                name="transaction_debit_not_below_zero",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accounttypeterms",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="62e978faeb40141d5f03992693a2b37e745614ae",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_immutable_0f06d",
                    table="loyalty_accounttypeterms",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accounttype",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_accounttypeevent" ("chain_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."chain_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="75bb9709c803d50f8d6c7f6e8d48519e4e03dd84",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3eda3",
                    table="loyalty_accounttype",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accounttype",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."chain_id" IS DISTINCT FROM (NEW."chain_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))',
                    func='INSERT INTO "loyalty_accounttypeevent" ("chain_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."chain_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="18bb690e831c1ff8c7f8abc83de5e21b78461266",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_342af",
                    table="loyalty_accounttype",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_accountevent" ("account_type_id", "block_reason", "blocked_at", "chain_id", "client_id", "holder_id", "id", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."account_type_id", NEW."block_reason", NEW."blocked_at", NEW."chain_id", NEW."client_id", NEW."holder_id", NEW."id", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="8976fdc5f6599c08228640a824c83d0012eaf0da",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_af78e",
                    table="loyalty_account",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "loyalty_accountevent" ("account_type_id", "block_reason", "blocked_at", "chain_id", "client_id", "holder_id", "id", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."account_type_id", NEW."block_reason", NEW."blocked_at", NEW."chain_id", NEW."client_id", NEW."holder_id", NEW."id", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="dc77ec52de2355b533796e0282cd0c6de17517b6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_433b0",
                    table="loyalty_account",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="giftcardtype",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_giftcardtypeevent" ("chain_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."chain_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="04c87265cf45813adf2e71bccf6f133db25b64f4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_95ccb",
                    table="loyalty_giftcardtype",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="giftcardtype",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."chain_id" IS DISTINCT FROM (NEW."chain_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))',
                    func='INSERT INTO "loyalty_giftcardtypeevent" ("chain_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."chain_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."terms_id"); RETURN NULL;',
                    hash="03e15bf110ec1b846a86b68c9bbb556231c3d90f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_99cf4",
                    table="loyalty_giftcardtype",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="giftcard",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "loyalty_giftcardevent" ("block_reason", "blocked_at", "buyer_id", "chain_id", "gift_card_type_id", "holder_id", "id", "last_on", "number", "number_folded", "par", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sold_at", "sold_by_id", "terms_id") VALUES (NEW."block_reason", NEW."blocked_at", NEW."buyer_id", NEW."chain_id", NEW."gift_card_type_id", NEW."holder_id", NEW."id", NEW."last_on", NEW."number", NEW."number_folded", NEW."par", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sold_at", NEW."sold_by_id", NEW."terms_id"); RETURN NULL;',
                    hash="03944aa4f7dc077ef176522812ecc723b1d7dfa5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e1119",
                    table="loyalty_giftcard",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="giftcard",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "loyalty_giftcardevent" ("block_reason", "blocked_at", "buyer_id", "chain_id", "gift_card_type_id", "holder_id", "id", "last_on", "number", "number_folded", "par", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sold_at", "sold_by_id", "terms_id") VALUES (NEW."block_reason", NEW."blocked_at", NEW."buyer_id", NEW."chain_id", NEW."gift_card_type_id", NEW."holder_id", NEW."id", NEW."last_on", NEW."number", NEW."number_folded", NEW."par", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sold_at", NEW."sold_by_id", NEW."terms_id"); RETURN NULL;',
                    hash="c769da64a5cc8201d148189e85dbc38dcf870406",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_91618",
                    table="loyalty_giftcard",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handedmoney",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c1ac793481d5ffcac546711dfa8069945fe0a857",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_64cc8",
                    table="loyalty_handedmoney",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="giftcardtypeterms",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="963298551767ab73e265b5d56d4be82896d97b8f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_immutable_cd042",
                    table="loyalty_giftcardtypeterms",
                    when="BEFORE",
                ),
            ),
        ),
    ]
