"""Addresses of the calls about the caller."""

from django.urls import path

from accounts.api.call import call
from accounts.calls import info, login, panel, sessions, sub_users
from accounts.calls.pages import show_restore_page

urlpatterns = [
    call("user/auth", login.authenticate),
    call("user/auth/code/verify", login.verify_code),
    call("user/auth/code/resend", login.resend_code),
    call("user/restore_password", login.restore_password),
    call("user/password/change", login.change_password),
    call("user/logout", sessions.log_out),
    call("user/session/renew", sessions.renew_session),
    call("user/password/set", sessions.set_password),
    call("user/get_info", info.get_info),
    call("user/settings/read", sessions.read_settings),
    call("user/settings/update", sessions.update_settings),
    call("api/key/create", sessions.create_api_key),
    call("api/key/list", sessions.list_api_keys),
    call("api/key/delete", sessions.delete_api_key),
    call("user/api_key/create", sessions.create_api_key),
    call("user/api_key/list", sessions.list_api_keys),
    call("user/api_key/delete", sessions.delete_api_key_by_other_name),
    call("subuser/list", sub_users.list_sub_users),
    call("subuser/register", sub_users.register_sub_user),
    call("subuser/update", sub_users.update_sub_user),
    call("subuser/delete", sub_users.delete_sub_user),
    call("subuser/session/create", sub_users.create_sub_user_session),
    call("subuser/security_group/list", sub_users.list_security_groups),
    call("subuser/security_group/create", sub_users.create_security_group),
    call("subuser/security_group/update", sub_users.update_security_group),
    call("subuser/security_group/delete", sub_users.delete_security_group),
    call("subuser/security_group/assign", sub_users.assign_security_group),
    call("panel/account/auth", panel.authenticate),
    call("panel/account/logout", panel.log_out),
    call("panel/account/get_permissions", panel.get_permissions),
    call("panel/user/create", panel.create_user),
    call("panel/user/list", panel.list_users),
    call("panel/user/read", panel.read_user),
    call("panel/user/update", panel.update_user),
    call("panel/user/change_password", panel.change_password),
    call("panel/user/session/create", panel.create_user_session),
    call("base/nothing", sessions.nothing),
    call("timezone/list", info.list_time_zones),
    call("dealer/get_ui_config", info.get_ui_config),
]

page_urlpatterns = [path("password/restore", show_restore_page, name="restore-password")]
