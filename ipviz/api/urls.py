"""Everything under /api/v1/."""

from django.urls import path, re_path

from ipviz.api import handling, views
from ipviz.api.schema import SchemaView

app_name = "api"
urlpatterns = [
    path("clusters/", views.Clusters.as_view(), name="clusters"),
    path("clusters/<int:pk>/", views.OneCluster.as_view(), name="cluster"),
    path("clusters/<int:pk>/poll/", views.PollNow.as_view(), name="poll"),
    path("snapshots/", views.Snapshots.as_view(), name="snapshots"),
    path("subnets/", views.Subnets.as_view(), name="subnets"),
    path("subnets/<int:pk>/", views.OneSubnet.as_view(), name="subnet"),
    path("subnets/<int:pk>/map/", views.SubnetMap.as_view(), name="map"),
    path("pools/", views.Pools.as_view(), name="pools"),
    path("usage/", views.Usage.as_view(), name="usage"),
    path("claims/", views.Claims.as_view(), name="claims"),
    path("addresses/", views.Addresses.as_view(), name="addresses"),
    path("services/", views.Services.as_view(), name="services"),
    path("changes/", views.Changes.as_view(), name="changes"),
    path("findings/", views.Findings.as_view(), name="findings"),
    path("findings/<int:pk>/", views.OneFinding.as_view(), name="finding"),
    path("findings/<int:pk>/acknowledge/", handling.Acknowledge.as_view(), name="acknowledge"),
    path("findings/<int:pk>/silence/", handling.Silence.as_view(), name="silence"),
    path("findings/<int:pk>/reopen/", handling.Reopen.as_view(), name="reopen"),
    path("lookup/<path:address>/", views.Lookup.as_view(), name="lookup"),
    path("schema/", SchemaView.as_view(), name="schema"),
    # With the slash, so that a path without one is still sent to the one that was meant.
    re_path(r"^(?:.*/)?$", views.Nothing.as_view(), name="nothing"),
]
