"""The pages. Every thing has one address, and it is the one a person would guess."""

from django.urls import path

from ipviz.web import views

app_name = "web"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("subnets/", views.subnets, name="subnets"),
    path("subnets/<str:cidr>/", views.subnet, name="subnet"),
    path("addresses/<str:address>/", views.address, name="address"),
    path("findings/", views.findings, name="findings"),
    path("findings/<int:pk>/", views.finding, name="finding"),
    path("findings/<int:pk>/handle/", views.handle_finding, name="handle"),
    path("clusters/", views.clusters, name="clusters"),
    path("clusters/<path:path>/", views.cluster, name="cluster"),
    path("changes/", views.changes, name="changes"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<int:pk>/", views.mail_sent, name="mail"),
    path("search/", views.search, name="search"),
]
