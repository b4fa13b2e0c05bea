"""Health, without sign-in, and metrics, with a token."""

from django.urls import path

from ipviz.ops.views import healthz, metrics, readyz, readyz_web

app_name = "ops"
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("readyz/web", readyz_web, name="readyz-web"),
    path("metrics", metrics, name="metrics"),
]
