"""The pages of plans: the four questions, in the namespace of the pages."""

from django.urls import path

from ipviz.web.plan import views

urlpatterns = [
    path("", views.questions, name="plan"),
    path("divide/", views.divide, name="divide"),
    path("divide/keep/", views.keep_plan, name="keep-plan"),
    path("divide/forget/", views.forget_plan, name="forget-plan"),
    path("divide/plan.yaml", views.plan_file, name="plan-file"),
    path("address/", views.pick_address, name="pick-address"),
    path("range/", views.set_range, name="set-range"),
    path("cluster/", views.new_cluster, name="new-cluster"),
]
