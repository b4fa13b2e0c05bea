import logging
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "ipviz.accounts"

    def ready(self) -> None:
        # Not a migration: a database that was emptied has the roles again as soon as it is ready for use.
        post_migrate.connect(_make_roles, sender=self)
        _hear_of_locks()


def _make_roles(**_: Any) -> None:
    from ipviz.accounts.roles import make_roles

    make_roles()


def _hear_of_locks() -> None:
    from axes.signals import user_locked_out

    from ipviz.accounts.lockout import told_of_a_lock

    user_locked_out.connect(told_of_a_lock)
    # What axes says of it in lines of its own is said by that one event.
    logging.getLogger("axes").setLevel(logging.ERROR)
