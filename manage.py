#!/usr/bin/env python
"""Django's command line, run as the database's owner where a verb needs that.

Without ``DATABASE_URL`` the private servers are used: those of a running ``make run``, or its
own for one command.
"""

import os
import sys

OWNER_VERBS = frozenset(
    {"migrate", "makemigrations", "setup_database", "backup", "restore", "remove_demo",
     "sqlmigrate", "showmigrations", "flush", "dbshell", "sqlflush", "inspectdb"}
)  # fmt: skip
WITHOUT_DATABASE = frozenset({"", "help", "--help", "-h", "version", "--version"})


def main() -> None:
    """Choose the role and the servers, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    from itsm.environment import SettingError
    from itsm.server.session import Refused, borrowed_servers

    try:
        with borrowed_servers(needed=verb not in WITHOUT_DATABASE):
            if verb in OWNER_VERBS:
                os.environ["ITSM_AS_OWNER"] = "1"
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except (Refused, SettingError) as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
