"""What people may do: whoever is signed in may read, operators may also change things."""

from django.contrib.auth.models import AnonymousUser, Group, User

from ipviz.accounts.models import Role


def give_role(user: User, role: Role) -> None:
    """A migration made the groups; in a database that was emptied since, they are made again."""
    group, _ = Group.objects.get_or_create(name=role)
    user.groups.add(group)


def may_operate(user: User | AnonymousUser) -> bool:
    """Costs one query for whoever is neither anonymous nor a superuser."""
    if not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name=Role.OPERATOR).exists()
