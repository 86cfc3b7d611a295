#!/usr/bin/env python3
"""Django's command line; starts the embedded servers for the commands that need them."""

import os
import sys


def main() -> None:
    """Runs one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
    from sivo_support import local_stack

    local_stack.prepare(sys.argv[1:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def main_for_mail_server() -> None:
    """As `main`, for an MTA's pipe: any trouble of ours asks it to try again, never to bounce."""
    try:
        main()
    except Exception as error:  # noqa: BLE001
        sys.stderr.write(f"the mail was not taken: {type(error).__name__}: {error}\n")
        sys.exit(os.EX_TEMPFAIL)
    except SystemExit as stop:
        # 0, 75 and a wrong usage (2) pass; a check or a missing server ends with 1.
        sys.exit(os.EX_TEMPFAIL if stop.code not in {0, None, 2} else stop.code)


if __name__ == "__main__":
    if sys.argv[1:2] == ["ingest_email"] and "-" in sys.argv[2:]:
        main_for_mail_server()
    else:
        main()
