from django.apps import AppConfig


class PollingConfig(AppConfig):
    name = "ipviz.polling"

    def ready(self) -> None:
        # Binds `shared_task` to our application; `ipviz/__init__.py` must stay empty (ADR 2).
        from ipviz import celery  # noqa: F401
