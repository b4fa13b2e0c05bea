"""API tokens and sign-in links. People are Django's own users; what they may do is their role's group."""

from django.db import models
from django.db.models import TextChoices


class Role(TextChoices):
    VIEWER = "viewer"
    OPERATOR = "operator"


class ApiToken(models.Model):
    """A token by name; only the digest of its secret is kept."""

    name = models.CharField(max_length=63, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=8, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "ipviz_api_token"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def may_operate(self) -> bool:
        return self.role == Role.OPERATOR


class SignInLink(models.Model):
    """A link that signs the operator in once; only the digest of its secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "ipviz_sign_in_link"
        ordering = ["-expires_at"]

    def __str__(self) -> str:
        return f"good until {self.expires_at:%Y-%m-%d %H:%M}"
