"""Where everything is."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("ipviz.api.urls")),
    path("", include("ipviz.accounts.urls")),
    path("", include("ipviz.ops.urls")),
    path("", include("ipviz.web.urls")),
]
