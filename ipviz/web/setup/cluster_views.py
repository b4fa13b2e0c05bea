"""The pages of management clusters: all look, admins try, add and remove them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from ipviz.accounts.roles import may_administer
from ipviz.accounts.scopes import scope_of
from ipviz.clusters.models import Cluster
from ipviz.clusters.registry import WrongCluster, remove
from ipviz.polling.joining import join
from ipviz.web.access import admins_change, for_admins, get_or_post
from ipviz.web.setup.clusters import cluster_form, clusters_page, proposed_by, removal_page, tried_for_page
from ipviz.web.setup.forms import ClusterForm

SOON = "It is read within seconds: load this page again to see what was found."


@admins_change
def clusters(request: HttpRequest) -> HttpResponse:
    """A trial is answered at once and stores nothing; who adds a cluster is led to its page."""
    at, tried = timezone.now(), None
    form = cluster_form(request.POST or None) if may_administer(request.user) else None
    if form and request.method == "POST" and form.is_valid() and (proposed := proposed_by(form)):
        if request.POST.get("do") == "test":
            tried = tried_for_page(proposed)
        elif _added(request, form, proposed):
            return redirect(proposed)
    context = clusters_page(at, form, tried, scope_of(request))
    return render(request, "web/settings/clusters.html", context, status=400 if form and form.errors else 200)


@get_or_post
@for_admins
def remove_cluster(request: HttpRequest, name: str) -> HttpResponse:
    """Say what is lost, and remove it where that is confirmed."""
    context = removal_page(name)
    if request.method != "POST":
        return render(request, "web/settings/remove-cluster.html", context)
    remove(name)
    messages.success(request, f"{name} and its workload clusters are forgotten.")
    return redirect("web:settings-clusters")


def _added(request: HttpRequest, form: ClusterForm, proposed: Cluster) -> bool:
    try:
        joined = join(proposed)
    except WrongCluster as error:
        form.add_error("source", str(error))
        return False
    for line in joined.in_words(SOON):
        messages.success(request, line)
    return True
