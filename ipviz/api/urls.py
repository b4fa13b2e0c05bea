"""Everything under /api/v1/."""

from django.urls import path, re_path

from ipviz.api import (
    auditing,
    checking,
    declaring,
    events,
    following,
    free_space,
    handling,
    planning,
    registering,
    segments,
    silencing,
    subscribing,
    views,
)
from ipviz.api.pages import Docs
from ipviz.api.schema import SchemaView

app_name = "api"
urlpatterns = [
    path("segments/", segments.Segments.as_view(), name="segments"),
    path("segments/<str:name>/", segments.OneSegment.as_view(), name="segment"),
    path("clusters/", registering.Clusters.as_view(), name="clusters"),
    path("clusters/<int:pk>/", registering.OneCluster.as_view(), name="cluster"),
    path("clusters/<int:pk>/poll/", views.PollNow.as_view(), name="poll"),
    path("snapshots/", views.Snapshots.as_view(), name="snapshots"),
    path("subnets/", declaring.Subnets.as_view(), name="subnets"),
    path("subnets/<int:pk>/", declaring.OneSubnet.as_view(), name="subnet"),
    path("subnets/<int:pk>/map/", views.SubnetMap.as_view(), name="map"),
    path("subnets/<int:pk>/free/", free_space.FreeSpaceView.as_view(), name="free"),
    path("subnets/<int:pk>/plan/", planning.KeptPlan.as_view(), name="kept-plan"),
    path("plan/", planning.DividePlan.as_view(), name="plan"),
    path("plan/cluster/", planning.PlanCluster.as_view(), name="plan-cluster"),
    path("pools/", views.Pools.as_view(), name="pools"),
    path("usage/", views.Usage.as_view(), name="usage"),
    path("claims/", views.Claims.as_view(), name="claims"),
    path("addresses/", views.Addresses.as_view(), name="addresses"),
    path("services/", views.Services.as_view(), name="services"),
    path("changes/", following.Changes.as_view(), name="changes"),
    path("findings/", views.Findings.as_view(), name="findings"),
    path("findings/events/", events.Events.as_view(), name="events"),
    path("findings/<int:pk>/", views.OneFinding.as_view(), name="finding"),
    path("findings/<int:pk>/acknowledge/", handling.Acknowledge.as_view(), name="acknowledge"),
    path("findings/<int:pk>/silence/", handling.Silence.as_view(), name="silence"),
    path("findings/<int:pk>/reopen/", handling.Reopen.as_view(), name="reopen"),
    path("silences/", silencing.Silences.as_view(), name="silences"),
    path("silences/<int:pk>/", silencing.OneSilence.as_view(), name="one-silence"),
    path("silences/<int:pk>/end/", silencing.EndSilence.as_view(), name="end-silence"),
    path("subscriptions/", subscribing.Subscriptions.as_view(), name="subscriptions"),
    path("subscriptions/<int:pk>/", subscribing.OneSubscription.as_view(), name="subscription"),
    path("subscriptions/<int:pk>/stop/", subscribing.StopSubscription.as_view(), name="stop-subscription"),
    path("subscriptions/<int:pk>/start/", subscribing.StartSubscription.as_view(), name="start-subscription"),
    path("subscriptions/<int:pk>/test/", subscribing.TestSubscription.as_view(), name="test-subscription"),
    path("lookup/<path:address>/", views.Lookup.as_view(), name="lookup"),
    path("audit/", auditing.Audit.as_view(), name="audit"),
    path("check/", checking.Check.as_view(), name="check"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    # With the slash, so that a path without one is still sent to the one that was meant.
    re_path(r"^(?:[\s\S]*/)?$", views.Nothing.as_view(), name="nothing"),
]
