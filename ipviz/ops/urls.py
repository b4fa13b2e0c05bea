"""Health, without sign-in."""

from django.urls import path

from ipviz.ops.views import healthz, readyz

app_name = "ops"
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
