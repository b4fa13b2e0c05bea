"""Where everything is."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("ipviz.api.urls")),
    path("", include("ipviz.accounts.urls")),
    path("", include("ipviz.ops.urls")),
    path("", include("ipviz.web.urls")),
]
handler400 = "ipviz.api.astray.bad_request"
handler404 = "ipviz.api.astray.not_found"
handler500 = "ipviz.api.astray.server_error"
