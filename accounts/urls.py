"""Addresses of the calls about the caller."""

from accounts import login_views, views
from accounts.api import call

urlpatterns = [
    call("user/auth", login_views.authenticate),
    call("user/auth/code/verify", login_views.verify_code),
    call("user/auth/code/resend", login_views.resend_code),
    call("user/restore_password", login_views.restore_password),
    call("user/password/change", login_views.change_password),
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
