"""What a client is told about the caller and the installation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from accounts.models import Contact, Dealer, SecurityGroup, User
from accounts.services.sessions import create_session
from tests.api import Api


def test_info_has_the_users_recorded_details(alice: User, api: Api) -> None:
    Contact.objects.create(user=alice, middle_name="M", legal_type="legal_entity", post_city="Wien", is_verified=False)
    info = api("user/get_info")["user_info"]
    expected = {"middle_name": "M", "legal_type": "legal_entity", "post_city": "Wien", "verified": False, "tin": ""}
    assert info.items() >= (expected | {"demo": False, "balance": 0.0, "bonus": 0.0}).items()


def test_info_names_rights_of_sub_users_only(alice: User, bob: User, api: Api) -> None:
    group = SecurityGroup.objects.create(account=alice, label="Drivers", rights=["tracker_update"])
    User.objects.filter(pk=bob.pk).update(security_group=group)
    assert Api()("user/get_info", hash=create_session(bob))["privileges"] == {"rights": ["tracker_update"]}
    assert "privileges" not in api("user/get_info")


def test_info_tells_who_may_use_the_admin(alice: User, api: Api) -> None:
    assert "staff" not in api("user/get_info")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert api("user/get_info")["staff"] is True


def test_info_names_dealer_and_password_rules(alice: User, bob: User, api: Api) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.filter(pk=alice.pk).update(dealer=dealer)
    for credential in (api.hash, create_session(bob)):
        answer = Api()("user/get_info", hash=credential)
        assert answer["paas_id"] == dealer.pk
        assert answer["paas_settings"]["service_title"] == "Reseller"
    policy = answer["paas_settings"]["password_policy"]
    for length, success in [(policy["min_length"] - 1, False), (policy["min_length"], True)]:
        passwords = {"old_password": "a long enough password", "new_password": "xK7-" + "q" * (length - 4)}
        assert api("user/password/set", **passwords)["success"] is success


@pytest.mark.django_db
@override_settings(PUBLIC_URL="https://fleet.example:8443", MAX_ALERT_PERIOD_DAYS=90)
def test_the_installation_speaks_iso_dates_on_any_domain() -> None:
    answer = Api()("dealer/get_ui_config", domain="whatever.example")
    assert answer["platform"] == {
        "iso_datetime_support": True,
        "stats": {"max_allowed_trackers": 128, "max_time_span": "P31D"},
        "history": {"max_limit": 1000},
        "report": {"max_time_span": "P90D"},
    }
    assert answer["dealer"] == {
        "id": None,
        "ui_domain": "fleet.example:8443",
        "company_url": "https://fleet.example:8443",
    }


def test_a_hash_also_identifies_the_dealer(alice: User, bob: User, api: Api, api_key: str) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.filter(pk=alice.pk).update(dealer=dealer)
    for credential in (api.hash, api_key, create_session(bob)):
        answer = Api()("dealer/get_ui_config", hash=credential)
        assert (answer["dealer"]["id"], answer["settings"]["service_title"]) == (dealer.pk, "Reseller")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parameters", "code"), [({}, 7), ({"domain": ""}, 7), ({"hash": "0" * 32}, 4), ({"hash": "nonsense"}, 3)]
)
def test_nothing_is_told_without_domain_or_hash(parameters: dict[str, Any], code: int) -> None:
    assert Api().code("dealer/get_ui_config", **parameters) == code
