"""What people may do: whoever is signed in may read, operators may also change things."""

from django.contrib.auth.models import AnonymousUser, Group, User

from ipviz.accounts.models import Role


def make_roles() -> None:
    """The roles as groups: there from the start, for whoever gives them to people."""
    for role in Role:
        Group.objects.get_or_create(name=role)


def give_role(user: User, role: Role) -> None:
    user.groups.add(Group.objects.get(name=role))


def may_operate(user: User | AnonymousUser) -> bool:
    """Costs one query for whoever is neither anonymous nor a superuser."""
    if not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name=Role.OPERATOR).exists()
