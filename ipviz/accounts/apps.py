from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "ipviz.accounts"

    def ready(self) -> None:
        # Not a migration: a database that was emptied has the roles again as soon as it is ready for use.
        post_migrate.connect(_make_roles, sender=self)


def _make_roles(**_: Any) -> None:
    from ipviz.accounts.roles import make_roles

    make_roles()
