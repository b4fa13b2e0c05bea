"""Health, without sign-in, and metrics, with a token."""

from django.urls import path

from ipviz.ops.views import healthz, metrics, readyz

app_name = "ops"
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
