"""A token for the API: `manage.py create_token EMAIL`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from rest_framework.authtoken.models import Token

from reviewapp.accounts.models import User


class Command(BaseCommand):
    help = "Print a person's API token; the same one each time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="E-mail address of the account.")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = User.objects.filter(email__iexact=email.strip()).first()
        except OperationalError:
            raise CommandError("The database does not answer. Is `manage.py up` running on these data?") from None
        if user is None:
            raise CommandError(f"There is no account with the address {email}. Addresses are those people log in with.")
        if not user.is_active:
            raise CommandError(f"The account {email} is switched off, so a token would open nothing.")
        token, _ = Token.objects.get_or_create(user=user)
        self.stdout.write(token.key)
