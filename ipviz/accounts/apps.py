import logging
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "ipviz.accounts"

    def ready(self) -> None:
        from ipviz.accounts import sign_ins

        # Not a migration: a database that was emptied has the roles again as soon as it is ready for use.
        post_migrate.connect(_make_roles, sender=self)
        _hear_of_locks()
        # However somebody gets in: by a link, a password or a provider.
        user_logged_in.connect(sign_ins.noted_in)
        user_logged_out.connect(sign_ins.noted_out)
        user_login_failed.connect(sign_ins.noted_failed)


def _make_roles(**_: Any) -> None:
    from ipviz.accounts.roles import make_roles

    make_roles()


def _hear_of_locks() -> None:
    from axes.signals import user_locked_out

    from ipviz.accounts.lockout import told_of_a_lock

    user_locked_out.connect(told_of_a_lock)
    # What axes says of it in lines of its own is said by that one event.
    logging.getLogger("axes").setLevel(logging.ERROR)
