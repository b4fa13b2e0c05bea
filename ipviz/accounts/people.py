"""People: added by name, given a role and limits, shut out and let in again; the writer of their rows.

An admin is always left who can let others in, and nobody takes that from oneself by mistake.
"""

from datetime import datetime
from operator import attrgetter

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import PersonLimits, ProviderIdentity, Role
from ipviz.accounts.roles import give_role, held_role, role_of
from ipviz.alerts.models import Subscription
from ipviz.alerts.subscriptions import stop
from ipviz.audit.record import Kind, changing, happened, made


def _limited_to(person: User) -> list[str]:
    """As it stands in the table: what a person was loaded with may be older."""
    limits = PersonLimits.objects.filter(person=person).first()
    return [*limits.segments, *limits.clusters] if limits else []


PERSON = Kind(
    "person",
    User.get_username,
    {
        "name": User.get_username,
        "role": held_role,
        "active": attrgetter("is_active"),
        "limited to": _limited_to,
    },
)


class PersonRefused(ValueError):
    """What was asked for cannot be done to a person; the text says why, in one line."""


def add_person(name: str, role: Role) -> User:
    """Somebody without a password, who gets in by a sign-in link.

    Raises:
        PersonRefused: somebody has that name, in whatever case.
    """
    taken = PersonRefused(f"Somebody is named {name} already; choose another name.")
    if User.objects.filter(username__iexact=name).exists():
        raise taken
    try:
        with transaction.atomic():
            person = User.objects.create_user(name)
            give_role(person, role)
            made(PERSON, person)
    except IntegrityError:
        raise taken from None
    return person


def provider_of(person: User) -> str:
    """The host of the identity provider that a person comes from; empty for who has an account here.

    Costs one query, unless the identity was loaded before.
    """
    identity: ProviderIdentity | None = getattr(person, "identity", None)
    return identity.provider if identity else ""


def must_be_local(person: User, what: str) -> None:
    """Raises PersonRefused for who comes from a provider, which alone decides."""
    if provider := provider_of(person):
        raise PersonRefused(f"{person.get_username()} signs in at {provider}: {what}")


@transaction.atomic
def change_role(person: User, role: Role, *, by: User) -> None:
    """Give a person another role; a superuser of Django's becomes what everybody else with that role is.

    Raises:
        PersonRefused: it is oneself, or no admin would be left, or the role is that of groups elsewhere.
    """
    must_be_local(person, "the role is that of the groups there, taken anew at each sign-in.")
    _hold_still()
    if role is not Role.ADMIN:
        _refuse_losing(person, by, "take the role of admin from")
    with changing(PERSON, person):
        User.objects.filter(pk=person.pk).update(is_superuser=False)
        person.is_superuser = False
        give_role(person, role)


@transaction.atomic
def limit(person: User, limits: Limits, *, at: datetime) -> None:
    """Let a person see these segments and clusters, and nothing else; everything, where none is named.

    It holds from the next request on, of sessions that are open too, and from the next mail.

    Raises:
        LimitRefused: there is no such segment or cluster.
        PersonRefused: it is an admin, who could take any limit off again.
    """
    if held_role(person) is Role.ADMIN:
        raise PersonRefused(
            f"{person.get_username()} is an admin, who sees everything: change the role first."
        )
    limits.check()
    with changing(PERSON, person):
        PersonLimits.objects.filter(person=person).delete()
        if limits.segments or limits.clusters:
            PersonLimits.objects.create(
                person=person, segments=[*limits.segments], clusters=[*limits.clusters], changed_at=at
            )


@transaction.atomic
def shut_out(person: User, *, by: User, at: datetime) -> None:
    """End a person's sessions, links and mails, and open none any more.

    Raises:
        PersonRefused: it is oneself, or no admin would be left.
    """
    _hold_still()
    _refuse_losing(person, by, "shut out")
    person.sign_in_links.all().delete()
    end_mails(person, at=at)
    _set_active(person, False, "shut out")


def let_in(person: User) -> None:
    _set_active(person, True, "let in")


def _set_active(person: User, is_active: bool, action: str) -> None:
    with changing(PERSON, person, action):
        person.is_active = is_active
        person.save(update_fields=["is_active"])


@transaction.atomic
def set_password(form: "SetPasswordForm[User]") -> None:
    """The one that somebody typed for themselves, and that was checked."""
    form.save()
    happened(PERSON, form.user, "password set")


@transaction.atomic
def forget_password(person: User) -> None:
    """So that a new one can be set without the old; all sessions of the person end with it.

    Raises:
        PersonRefused: there is none here.
    """
    must_be_local(person, "there is no password here.")
    end_sessions(person)


@transaction.atomic
def end_sessions(person: User) -> None:
    """And forget the password: what a session is checked against is made of it."""
    person.set_unusable_password()
    person.save(update_fields=["password"])
    happened(PERSON, person, "password forgotten")


def end_mails(person: User, *, at: datetime) -> None:
    """What they subscribed to is told no more, and the links in their mails open nothing."""
    for subscription in Subscription.objects.filter(person=person, stopped_at=None):
        stop(subscription, at=at, by=f"whoever shut {person.get_username()} out"[:150])


def _hold_still() -> None:
    """Two admins who would demote each other come one after the other."""
    Group.objects.select_for_update().get(name=Role.ADMIN)


def _refuse_losing(person: User, by: User, what: str) -> None:
    if person == by:
        raise PersonRefused(f"You cannot {what} yourself; another admin can.")
    active = User.objects.filter(is_active=True).prefetch_related("groups")
    admins = [each for each in active if role_of(each) is Role.ADMIN]
    if admins == [person]:
        raise PersonRefused(f"You cannot {what} {person.get_username()}: no other admin would be left.")
