"""Addresses of the calls about the caller."""

from accounts import views
from accounts.api import call

urlpatterns = [
    call("user/auth", views.authenticate),
    call("user/logout", views.log_out),
    call("user/session/renew", views.renew_session),
    call("user/password/set", views.set_password),
    call("user/get_info", views.get_info),
    call("user/settings/read", views.read_settings),
    call("user/settings/update", views.update_settings),
    call("api/key/create", views.create_api_key),
    call("api/key/list", views.list_api_keys),
    call("api/key/delete", views.delete_api_key),
    call("base/nothing", views.nothing),
]
