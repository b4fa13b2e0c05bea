"""The description of the API as a page, on which whoever is signed in tries out what they may."""

from typing import Any

from django.views.generic import TemplateView

from ipviz.api.documents import document


class Docs(TemplateView):
    """A page as all others: a stranger is sent to sign in, and a token opens none."""

    template_name = "api/docs.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(document=document(), **more)
