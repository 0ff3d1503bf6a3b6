"""Facts about keys, addresses, grants, tokens, scopes and sessions (K and A of ``fidelity.toml``)."""

import json
import re

import pytest
from tests.contract.conftest import Make
from tests.contract.twin import SCOPES, Twin

HARMLESS = "{ partner { id } }"
JWT = re.compile(r"(sandbox-)?[\w-]+\.[\w-]+\.[\w-]+")


def may(twin: Twin, bearer: str) -> bool:
    """Whether an access token opens the API."""
    return twin.post({"query": HARMLESS}, bearer).status == 200


class TestKeysAndAddresses:
    def test_a_public_key_signs_in_at_its_own_address(self, twin: Twin) -> None:
        assert twin.info["token_url"] == f"{twin.info['url']}/oauth/token"
        assert twin.form(twin.info["token_url"], **twin.account).status == 200
        assert twin.form(twin.info["private"]["token_url"], **twin.account).status == 400

    def test_a_public_key_asks_at_the_root(self, twin: Twin) -> None:
        assert [twin.post({"query": HARMLESS}, url=twin.info["url"] + path).status for path in ("", "/")] == [200, 200]

    def test_a_private_key_signs_in_at_its_own_address(self, twin: Twin) -> None:
        assert twin.info["private"]["token_url"] == f"{twin.info['url']}/oauth/v1/token"
        assert "access_token" in twin.with_key()
        assert twin.form(twin.info["token_url"], **twin.key).status == 400

    def test_a_private_key_asks_at_graphql(self, twin: Twin) -> None:
        bearer, address = twin.with_key()["access_token"], twin.info["private"]["graphql_url"]
        assert address == f"{twin.info['url']}/graphql"
        assert "errors" not in twin.say(HARMLESS, bearer=bearer, url=address)

    def test_both_addresses_take_the_same_operations(self, twin: Twin) -> None:
        token = twin.create()
        bearer, address = twin.with_key()["access_token"], twin.info["private"]["graphql_url"]
        other = twin.create(bearer=bearer, url=address)
        assert [twin.report(one)["status"] for one in (token, other)] == ["IN_PROGRESS"] * 2

    def test_the_newer_endpoint_takes_client_credentials(self, twin: Twin) -> None:
        assert twin.info["v2"]["token_url"] == f"{twin.info['url']}/v2/token"
        assert may(twin, twin.with_key(kind="v2")["access_token"])

    def test_a_request_bears_its_token_in_a_header(self, twin: Twin) -> None:
        body = json.dumps({"query": HARMLESS}).encode()
        address = twin.info["graphql_url"]
        assert twin.send("POST", address, body, authorization=f"Bearer {twin.bearer}").status == 200
        assert twin.send("POST", f"{address}/?access_token={twin.bearer}", body).status == 401

    def test_a_request_is_a_json_object_with_query_and_variables(self, twin: Twin) -> None:
        said = twin.post({"query": "query ($n: String!) { __type(name: $n) { name } }", "variables": {"n": "Query"}})
        assert said.json() == {"data": {"__type": {"name": "Query"}}}

    def test_a_request_may_name_its_operation(self, twin: Twin) -> None:
        two = {"query": "query A { partner { id } } query B { partner { __typename } }", "operationName": "B"}
        assert twin.post(two).json()["data"] == {"partner": {"__typename": "PartnerSpace"}}

    @pytest.mark.parametrize("kind", ["public", "private"])
    def test_an_access_token_looks_like_a_jwt(self, twin: Twin, kind: str) -> None:
        token = (twin.signed_in() if kind == "public" else twin.with_key())["access_token"]
        assert JWT.fullmatch(token)
        assert token.removeprefix("sandbox-").startswith("ey")

    def test_a_report_token_looks_like_a_jwt(self, twin: Twin) -> None:
        token = twin.create()
        assert JWT.fullmatch(token)
        assert token.removeprefix("sandbox-").startswith("ey")


class TestGrants:
    def test_the_password_grant_opens_the_api(self, twin: Twin) -> None:
        assert may(twin, twin.signed_in()["access_token"])
        for field in ("client_id", "client_secret", "username", "password"):
            assert "access_token" not in twin.signed_in(**{field: "sandbox-other"}), field

    def test_version_2_is_taken(self, twin: Twin) -> None:
        assert may(twin, twin.signed_in(version="2")["access_token"])

    def test_fields_may_come_in_any_order(self, twin: Twin) -> None:
        backwards = dict(reversed(twin.account.items()))
        assert twin.form(twin.info["token_url"], **backwards).status == 200

    def test_values_need_not_be_encoded(self, twin: Twin) -> None:
        plain = "&".join(f"{name}={value}" for name, value in twin.account.items())
        assert "@" in plain
        assert twin.send("POST", twin.info["token_url"], plain.encode()).status == 200

    def test_client_credentials_open_the_api(self, twin: Twin) -> None:
        assert may(twin, twin.with_key("create_reports")["access_token"])

    def test_client_credentials_bring_no_refresh_token(self, twin: Twin) -> None:
        assert "refresh_token" not in twin.with_key()

    def test_a_refresh_token_opens_the_api_again(self, twin: Twin) -> None:
        first = twin.signed_in()
        second = twin.refreshed(first["refresh_token"]).json()
        assert second["access_token"] != first["access_token"]
        assert may(twin, second["access_token"])

    def test_a_refresh_brings_a_new_pair_and_its_life(self, twin: Twin) -> None:
        said = twin.refreshed(twin.signed_in()["refresh_token"]).json()
        assert {"access_token", "expires_in", "refresh_token"} <= set(said)
        assert twin.refreshed(said["refresh_token"]).status == 200

    def test_a_private_key_has_no_other_grant(self, twin: Twin) -> None:
        address = twin.info["private"]["token_url"]
        for grant in ("password", "refresh_token"):
            said = twin.form(address, **(twin.account | twin.key | {"grant_type": grant, "refresh_token": "x"}))
            assert (said.status, said.json()["error"]) == (400, "unsupported_grant_type")

    def test_a_public_key_has_no_client_credentials(self, twin: Twin) -> None:
        said = twin.form(twin.info["token_url"], **(twin.account | {"grant_type": "client_credentials"}))
        assert (said.status, said.json()["error"]) == (400, "unsupported_grant_type")

    def test_the_newer_endpoint_has_no_password_grant(self, twin: Twin) -> None:
        said = twin.form(twin.info["v2"]["token_url"], **(twin.account | twin.key | {"grant_type": "password"}))
        assert (said.status, said.json()["error"]) == (400, "unsupported_grant_type")


class TestTokenAnswers:
    def test_a_sign_in_is_answered_with_five_fields(self, twin: Twin) -> None:
        answer = twin.form(twin.info["token_url"], **twin.account)
        assert answer.media_type == "application/json"
        assert set(answer.json()) == {"access_token", "expires_in", "refresh_token", "scope", "token_type"}

    def test_a_public_token_lives_ten_hours(self, twin: Twin, make: Make) -> None:
        exact = make(skew_seconds=0.0)
        said = exact.signed_in()
        assert said["expires_in"] == 36000
        exact.sandbox.clock.advance(35999)
        assert may(exact, said["access_token"])
        exact.sandbox.clock.advance(1)
        assert not may(exact, said["access_token"])

    def test_a_public_token_names_no_scope(self, twin: Twin) -> None:
        assert twin.signed_in()["scope"] == ""

    def test_tokens_are_of_the_type_bearer(self, twin: Twin) -> None:
        assert {twin.signed_in()["token_type"], twin.with_key()["token_type"]} == {"Bearer"}

    def test_a_refused_sign_in_is_400_with_a_word_and_a_sentence(self, twin: Twin) -> None:
        answer = twin.form(twin.info["token_url"], **(twin.account | {"client_secret": "sandbox-other"}))
        assert (answer.status, answer.media_type) == (400, "application/json")
        assert set(answer.json()) == {"error", "error_description"}

    def test_a_bad_refresh_token_is_an_invalid_grant(self, twin: Twin) -> None:
        said = twin.refreshed("sandbox-none").json()
        assert said == {"error": "invalid_grant", "error_description": "Invalid refresh token."}

    def test_a_bad_login_has_invalid_credentials(self, twin: Twin) -> None:
        assert twin.signed_in(password="wrong")["error_description"] == "Invalid credentials."

    @pytest.mark.parametrize("bearer", ["", "sandbox-none"])
    def test_a_bad_access_token_is_told_in_a_header(self, twin: Twin, bearer: str) -> None:
        answer = twin.post({"query": HARMLESS}, bearer)
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.header("www-authenticate")


class TestScopes:
    def test_making_reports_needs_create_reports(self, twin: Twin) -> None:
        assert "create reports" in twin.refused(bearer=twin.with_key("read_reports access_revenue")["access_token"])
        assert twin.create(bearer=twin.with_key("create_reports")["access_token"])

    def test_earnings_need_access_revenue(self, twin: Twin) -> None:
        bearer = twin.with_key("create_reports access_ads")["access_token"]
        assert "access_revenue" in twin.refused(["ESTIMATED_EARNINGS_EUR"], bearer=bearer)
        assert twin.create(["ESTIMATED_EARNINGS_EUR"], bearer=twin.with_key()["access_token"])

    def test_ads_need_access_ads(self, twin: Twin) -> None:
        bearer = twin.with_key("create_reports access_revenue")["access_token"]
        assert "access_ads" in twin.refused(["FILL_RATE"], bearer=bearer)

    @pytest.mark.parametrize("scope", ["access_ads", "access_revenue", "create_reports", "read_reports"])
    def test_a_scope_is_granted_where_it_is_asked_for(self, twin: Twin, scope: str) -> None:
        assert twin.with_key(scope)["scope"] == scope

    def test_a_token_may_delete_reports(self, twin: Twin) -> None:
        assert twin.with_key("create_reports delete_reports")["scope"] == "create_reports delete_reports"

    def test_the_scopes_of_the_older_guide_are_granted_together(self, twin: Twin) -> None:
        asked = "access_ads access_revenue create_reports delete_reports"
        assert twin.with_key(asked)["scope"] == asked

    def test_the_scopes_of_the_newer_guide_are_granted_together(self, twin: Twin) -> None:
        asked = "access_ads access_revenue create_reports delete_reports read_reports"
        assert twin.with_key(asked)["scope"] == asked

    def test_manage_reports_is_granted(self, twin: Twin) -> None:
        assert twin.with_key("create_reports manage_reports")["scope"] == "create_reports manage_reports"

    def test_a_public_token_may_what_its_user_may(self, make: Make) -> None:
        twin = make(granted_scopes=())
        assert twin.create(["ESTIMATED_EARNINGS_EUR"])


class TestSessions:
    def logged_out(self, twin: Twin) -> dict[str, str]:
        said = twin.signed_in()
        assert twin.send("GET", twin.info["logout_url"], bearer=said["access_token"]).status == 200
        return said

    def test_logging_out_ends_the_access_token(self, twin: Twin) -> None:
        assert not may(twin, self.logged_out(twin)["access_token"])
        assert may(twin, twin.bearer)

    def test_logging_out_ends_the_refresh_token(self, twin: Twin) -> None:
        answer = twin.refreshed(self.logged_out(twin)["refresh_token"])
        assert (answer.status, answer.json()["error_description"]) == (400, "Invalid refresh token.")

    def test_a_token_is_described(self, twin: Twin) -> None:
        said = twin.send("GET", f"{twin.info['url']}/auth", bearer=twin.bearer).json()
        assert set(said) == {"id", "scope", "roles", "username", "screenname"}
        assert said["username"] == twin.info["username"]

    def test_the_description_lists_the_scopes(self, twin: Twin) -> None:
        said = twin.send("GET", f"{twin.info['url']}/auth", bearer=twin.with_key()["access_token"]).json()
        assert said["scope"] == SCOPES.split()
