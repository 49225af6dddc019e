"""Rights for sub-users, in tests of calls about trackers."""

from __future__ import annotations

from accounts.models import User
from accounts.services.users import create_security_group
from accounts.wire.rights import Right


def give_rights(sub_user: User, *rights: Right) -> None:
    """Puts a sub-user into a security group of its own."""
    group = create_security_group(sub_user.account_id, "Managers", list(rights))
    User.objects.filter(pk=sub_user.pk).update(security_group=group)
