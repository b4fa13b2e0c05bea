"""The pages of settings, in the namespace of the pages."""

from django.urls import path

from ipviz.web.setup import account_views, audit, cluster_views, index, network_views, running

urlpatterns = [
    path("", index.settings_index, name="settings"),
    path("segments/", network_views.segments, name="settings-segments"),
    path("segments/move/", network_views.move_cluster, name="settings-move"),
    path("segments/<str:name>/remove/", network_views.remove_segment, name="settings-remove-segment"),
    path("subnets/", network_views.subnets, name="settings-subnets"),
    path("subnets/<int:pk>/", network_views.subnet, name="settings-subnet"),
    path("subnets/<int:pk>/remove/", network_views.remove_subnet, name="settings-remove-subnet"),
    path("clusters/", cluster_views.clusters, name="settings-clusters"),
    path("clusters/<str:name>/remove/", cluster_views.remove_cluster, name="settings-remove-cluster"),
    path("tokens/", account_views.tokens, name="settings-tokens"),
    path("tokens/<int:pk>/revoke/", account_views.revoke_token, name="settings-revoke"),
    path("people/", account_views.people, name="settings-people"),
    path("people/<int:pk>/", account_views.person, name="settings-person"),
    path("audit/", audit.audit, name="settings-audit"),
    path("running/", running.running, name="settings-running"),
    path("password/", account_views.password, name="settings-password"),
]
