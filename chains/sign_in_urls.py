"""The pages of django-allauth that exist here: signing in and out, the password, the second factor.

Its own list also has pages to sign up and to change e-mail addresses. Here an owner adds a user.
"""

from allauth.account import views
from django.urls import include, path, re_path

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-in/inactive/", views.account_inactive, name="account_inactive"),
    path("sign-out/", views.logout, name="account_logout"),
    path("account/confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("account/password/", views.password_change, name="account_change_password"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("password-reset/", views.password_reset, name="account_reset_password"),
    path("password-reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password-reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password-reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
