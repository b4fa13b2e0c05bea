#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists what ipviz adds."""

import os
import re
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipviz.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    from ipviz.version import VERSION

    try:
        if sys.argv[1:] in (["--version"], ["version"]):  # Django would say its own
            sys.stdout.write(f"ipviz {VERSION}\n")
        else:
            execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        told = str(error).strip()
        remedy = "Is it what DATABASE_URL names, and is it up?"
        if re.search(r"no such (table|column)|(relation|column) .* does not exist", told):
            remedy = (
                "Its tables are not those of this version: run `manage.py migrate`, or `manage.py up` does."
            )
        sys.exit(f"The database can't be used: {told}\n{remedy}")
