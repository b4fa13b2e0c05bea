"""The way in and out."""

from django.urls import path

from ipviz.accounts.oidc_views import ComeBack, Leave
from ipviz.accounts.views import SignIn, SignOut, follow_link

app_name = "accounts"
urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-in/link/", follow_link, name="sign-in-link"),
    path("sign-in/provider/", Leave.as_view(), name="provider"),
    path("sign-in/provider/back/", ComeBack.as_view(), name="provider-back"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
]
