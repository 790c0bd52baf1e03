"""Who is behind a session: the user, read together with what lets them in, which every page asks for."""

from allauth.account.auth_backends import AuthenticationBackend

from chains.models import Access, User


class UsersWithAccesses(AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        accesses = list(Access.objects.open_to(user_id).by_chain().select_related("user"))
        if not accesses:
            found: User | None = super().get_user(user_id)
            return found
        user = accesses[0].user
        for access in accesses:
            access.user = user
        user.open_accesses = accesses
        return user if self.user_can_authenticate(user) else None
