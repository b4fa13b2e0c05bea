#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists what ipviz adds."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipviz.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from ipviz.version import VERSION

    try:
        if sys.argv[1:] in (["--version"], ["version"]):  # Django would say its own
            sys.stdout.write(f"ipviz {VERSION}\n")
        else:
            execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.exit(
            f"The database can't be used: {str(error).strip()}\nIs it what DATABASE_URL names, and is it up?"
        )
