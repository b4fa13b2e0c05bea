"""What people may do: whoever is signed in may read, operators may change things, admins let others in."""

from django.contrib.auth.models import AnonymousUser, Group, User

from ipviz.accounts.models import Role


def make_roles() -> None:
    """The roles as groups: there from the start, for whoever gives them to people."""
    for role in Role:
        Group.objects.get_or_create(name=role)


def give_role(user: User, role: Role) -> None:
    """In the place of the one that the person had."""
    user.groups.remove(*Group.objects.filter(name__in=Role.values).exclude(name=role))
    user.groups.add(Group.objects.get(name=role))


def role_of(user: User | AnonymousUser) -> Role | None:
    """None for who is not signed in, or shut out. Costs one query, unless the groups were loaded before."""
    return held_role(user) if isinstance(user, User) and user.is_active else None


def held_role(user: User) -> Role:
    """The highest that a person has, shut out or not; who is in none of our groups may look."""
    if user.is_superuser:
        return Role.ADMIN
    groups = {group.name for group in user.groups.all()}
    return next((role for role in reversed(Role) if role in groups), Role.VIEWER)


def may_operate(user: User | AnonymousUser) -> bool:
    return role_of(user) in (Role.OPERATOR, Role.ADMIN)


def may_administer(user: User | AnonymousUser) -> bool:
    return role_of(user) is Role.ADMIN
