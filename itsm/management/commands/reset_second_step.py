"""Take the second step of a person's sign-in away: ``reset_second_step EMAIL`` (docs/operations.md).

For a site whose only administrator lost authenticator and recovery codes; others ask an administrator.
Exit code 0: taken away. 1: nobody has the address, or there is no second step.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.models import User
from itsm.services.accounts import reset_second_step
from itsm.tenancy import SYSTEM, acting_as


class Command(BaseCommand):
    """Let somebody in with the password alone."""

    help = "Takes authenticator and recovery codes of a person away and ends the person's sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address the person signs in with")

    def handle(self, *_args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        with acting_as(SYSTEM):
            user = User.objects.filter(email=email).first()
            if user is None:
                raise CommandError(
                    _("Nobody signs in as %(email)s. Check the address.") % {"email": email}
                )
            if not reset_second_step(user, at=timezone.now()):
                raise CommandError(
                    _("%(email)s has no second step: the password is enough.") % {"email": email}
                )
        self.stdout.write(
            _("%(email)s signs in with the password alone; set the second step up again at once.")
            % {"email": email}
        )
