"""The pages. Every thing has one address, and it is the one a person would guess."""

from django.urls import include, path

from ipviz.web import alert_views, list_views, mail_links, views
from ipviz.web.lists.catalogue import SHOWN

app_name = "web"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("frame/", views.frame_now, name="frame"),
    path("subnets/", views.subnets, name="subnets"),
    path("subnets/<str:cidr>/", views.subnet, name="subnet"),
    path("subnets/<str:cidr>/map/", views.subnet_map, name="map"),
    path("subnets/<str:cidr>/notes/", views.subnet_notes, name="notes"),
    path("subnets/<str:cidr>/report/", views.subnet_report, name="report"),
    path("addresses/<str:address>/", views.address, name="address"),
    path("findings/", views.findings, name="findings"),
    path("findings/handle/", views.handle_findings, name="handle-findings"),
    path("findings/<int:pk>/", views.finding, name="finding"),
    path("findings/<int:pk>/handle/", views.handle_finding, name="handle"),
    path("rules/", views.rules, name="rules"),
    path("releases/", views.releases, name="releases"),
    path("clusters/", views.clusters, name="clusters"),
    path("clusters/<path:path>/", views.cluster, name="cluster"),
    path("poll/", views.poll, name="poll"),
    path("changes/", views.changes, name="changes"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<int:pk>/", views.mail_sent, name="mail"),
    path("subscriptions/", alert_views.subscriptions, name="subscriptions"),
    path("subscriptions/<int:pk>/", alert_views.subscription, name="subscription"),
    path("subscriptions/<int:pk>/handle/", alert_views.handle_subscription, name="handle-subscription"),
    path("silences/", alert_views.silences, name="silences"),
    path("silences/<int:pk>/end/", alert_views.end_silence, name="end-silence"),
    path("plan/", include("ipviz.web.plan.urls")),
    path("settings/", include("ipviz.web.setup.urls")),
    path("mail/handle/<str:token>/", mail_links.handle, name="mail-handle"),
    path("mail/stop/<str:token>/", mail_links.stop_mails, name="mail-stop"),
    path("mail/confirm/<str:token>/", mail_links.confirm_address, name="mail-confirm"),
    path("search/", views.search, name="search"),
    *(path(f"{each.name}/", list_views.listing, {"name": each.name}, name=each.name) for each in SHOWN),
    path("lists/<str:name>.<str:wanted>", list_views.file, name="file"),
]
