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


if __name__ == "__main__":
    main()
