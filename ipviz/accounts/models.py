"""API tokens, sign-in links, who comes from a provider, and what people are limited to.

People are Django's own users; what they may do is their role's group.
"""

from datetime import datetime
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import models
from django.db.models import TextChoices

from ipviz.domain.origins import is_among, parse_origin
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span


class Role(TextChoices):
    """Each may what the one before it may, and more."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


TOKEN_ROLES = (Role.VIEWER, Role.OPERATOR)
"""No token administers: a program that leaks must not make itself another way in."""


class Limited(models.Model):
    """Who sees everything, or what is named, and nothing else."""

    segments = models.JSONField(default=list, help_text="names of segments that are seen whole")
    clusters = models.JSONField(
        default=list, help_text="paths of clusters that are seen, or of organisations"
    )

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        """Everything, if neither segments nor clusters are named."""
        return Scope(frozenset(self.segments), frozenset(self.clusters))

    @property
    def scope_in_words(self) -> list[str]:
        """What a reader of a list should know of it; nothing of what is not limited."""
        named = (("sees segments", self.segments), ("sees clusters", self.clusters))
        return [f"{what} {', '.join(names)}" for what, names in named if names]


class ApiToken(Limited):
    """A token by name; only the digest of its secret is kept."""

    name = models.CharField(max_length=63, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(
        max_length=8, choices=[(role.value, role.label) for role in TOKEN_ROLES], default=Role.VIEWER
    )
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="null: it is good until it is revoked")
    networks = models.JSONField(default=list, help_text="where it may come from; from anywhere if empty")
    per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="requests; null: as others")

    class Meta:
        db_table = "ipviz_api_token"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def may_operate(self) -> bool:
        return self.role == Role.OPERATOR

    @property
    def limits_in_words(self) -> list[str]:
        """What a reader of the list should know beside its role; nothing of what is not limited."""
        networks = [f"from {', '.join(self.networks)}"] if self.networks else []
        pace = [f"{self.per_minute:,} requests a minute"] if self.per_minute else []
        return [*networks, *self.scope_in_words, *pace]

    def may_come_from(self, address: Span | None) -> bool:
        return not self.networks or (
            address is not None and is_among(address, list(map(parse_origin, self.networks)))
        )

    def is_over(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


class SignInLink(models.Model):
    """A link that signs a person in once; only the digest of its secret is kept."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    makes_admin = models.BooleanField(default=False, help_text="printed on the machine that runs ipviz")

    class Meta:
        db_table = "ipviz_sign_in_link"
        ordering = ["-expires_at"]

    def __str__(self) -> str:
        return f"good until {self.expires_at:%Y-%m-%d %H:%M}"


class PersonLimits(Limited):
    """What a person is limited to; no row is no limit. Of an admin it means nothing (`accounts.scopes`)."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="limits")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "ipviz_person_limits"

    def __str__(self) -> str:
        return f"{self.person}: {', '.join(self.scope_in_words)}"


class ProviderIdentity(models.Model):
    """A person who signs in by an identity provider: whom the provider means, and nobody else."""

    LENGTH = 255

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="identity")
    issuer = models.CharField(max_length=LENGTH)
    subject = models.CharField(
        max_length=LENGTH, help_text="the provider's `sub`, which it gives to no other"
    )

    class Meta:
        db_table = "ipviz_provider_identity"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_each")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.provider}"

    @property
    def provider(self) -> str:
        return urlsplit(self.issuer).hostname or self.issuer
