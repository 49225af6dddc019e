"""Addresses of the calls about the caller."""

from django.urls import path

from accounts import info_views, login_views, panel_views, sub_user_views, views
from accounts.api import call
from accounts.pages import show_restore_page

urlpatterns = [
    call("user/auth", login_views.authenticate),
    call("user/auth/code/verify", login_views.verify_code),
    call("user/auth/code/resend", login_views.resend_code),
    call("user/restore_password", login_views.restore_password),
    call("user/password/change", login_views.change_password),
    call("user/logout", views.log_out),
    call("user/session/renew", views.renew_session),
    call("user/password/set", views.set_password),
    call("user/get_info", info_views.get_info),
    call("user/settings/read", views.read_settings),
    call("user/settings/update", views.update_settings),
    call("api/key/create", views.create_api_key),
    call("api/key/list", views.list_api_keys),
    call("api/key/delete", views.delete_api_key),
    call("user/api_key/create", views.create_api_key),
    call("user/api_key/list", views.list_api_keys),
    call("user/api_key/delete", views.delete_api_key_by_other_name),
    call("subuser/list", sub_user_views.list_sub_users),
    call("subuser/register", sub_user_views.register_sub_user),
    call("subuser/update", sub_user_views.update_sub_user),
    call("subuser/delete", sub_user_views.delete_sub_user),
    call("subuser/session/create", sub_user_views.create_sub_user_session),
    call("subuser/security_group/list", sub_user_views.list_security_groups),
    call("subuser/security_group/create", sub_user_views.create_security_group),
    call("subuser/security_group/update", sub_user_views.update_security_group),
    call("subuser/security_group/delete", sub_user_views.delete_security_group),
    call("subuser/security_group/assign", sub_user_views.assign_security_group),
    call("panel/account/auth", panel_views.authenticate),
    call("panel/account/logout", panel_views.log_out),
    call("panel/account/get_permissions", panel_views.get_permissions),
    call("panel/user/create", panel_views.create_user),
    call("panel/user/list", panel_views.list_users),
    call("panel/user/read", panel_views.read_user),
    call("panel/user/update", panel_views.update_user),
    call("panel/user/change_password", panel_views.change_password),
    call("panel/user/session/create", panel_views.create_user_session),
    call("base/nothing", views.nothing),
    call("timezone/list", info_views.list_time_zones),
    call("dealer/get_ui_config", info_views.get_ui_config),
]

page_urlpatterns = [path("password/restore", show_restore_page, name="restore-password")]
