"""Make the first chain of an empty installation, or one more, with its owner."""

import warnings
from getpass import GetPassWarning, getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from chains.folding import folded
from chains.models import User
from chains.services import found_chain


class Command(BaseCommand):
    help = "Make a chain with one location and its owner, who may then sign in and add everybody else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the chain's name, such as 'Aurora Salons'")
        parser.add_argument("--address", help="the chain's address (slug); made from the name without it")
        parser.add_argument("--currency", required=True, help="ISO 4217 code, such as EUR")
        parser.add_argument("--time-zone", required=True, help="such as Europe/Berlin")
        parser.add_argument("--country", required=True, help="two letters, such as DE: how national phones are read")
        parser.add_argument("--location", required=True, help="the name of the first location")
        parser.add_argument("--owner", required=True, help="the owner's name")
        parser.add_argument("--email", required=True, help="the owner's e-mail, for signing in")
        parser.add_argument(
            "--code", default="", help="of an owner who has an account that was never proven: see README"
        )
        parser.add_argument("--ask-password", action="store_true", help="type the owner's password now, twice")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = found_chain(
                name=options["name"],
                slug=options["address"] or slugify(folded(options["name"])),
                currency=options["currency"],
                time_zone=options["time_zone"],
                region=options["country"],
                location=options["location"],
                email=options["email"],
                owner=options["owner"],
                code=options["code"],
                at=timezone.now(),
            )
            if options["ask_password"]:
                _set_password(user, _typed("Password: "), _typed("The same again: "))
        except ValidationError as error:
            raise CommandError(_sentence(error)) from error
        self.stdout.write(f"{options['name']} is there, and {user.email} owns it.")
        if not user.has_usable_password():
            self.stdout.write("The owner chooses a password under “Forgot your password?” on the sign-in page.")


def _typed(prompt: str) -> str:
    """What is typed at the terminal, unseen; without a terminal it would be seen, or never come."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            return getpass(prompt)
    except (GetPassWarning, EOFError):
        raise CommandError(
            "There is no terminal to type the password at, and nothing was made. Leave --ask-password out: "
            "the owner then chooses a password under “Forgot your password?” on the sign-in page."
        ) from None
    except KeyboardInterrupt:
        raise CommandError("Broken off. Nothing was made.") from None


def _set_password(user: User, password: str, again: str) -> None:
    if password != again:
        raise ValidationError("The two passwords differ. Nothing was made.")
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def _sentence(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return "\n".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
    return "\n".join(error.messages)
