"""The way in and out."""

from django.urls import path

from ipviz.accounts.views import SignIn, SignOut, follow_link

app_name = "accounts"
urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-in/link/", follow_link, name="sign-in-link"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
]
