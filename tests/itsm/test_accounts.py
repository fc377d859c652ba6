"""Signing in and keeping an account: passwords, second step, browsers, tokens."""

import base64
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from itsm.views.browsers import browser_of
from itsm.views.changes import changes_of
from itsm.views.sign_in import SecondStepAdapter
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def person(world: World) -> m.User:
    """A service level manager of the provider."""
    return world.staff["SERVICE_LEVEL_MANAGER"]


def code_of(key: str) -> str:
    """Return the six digits that an authenticator with this key shows now."""
    return format_hotp_value(hotp_value(key, int(time.time()) // 30))


def sign_in(person: m.User, password: str = PASSWORD, client: Client | None = None):
    """Send the form of the sign-in page; return the browser and the answer."""
    client = client or Client(HTTP_USER_AGENT=FIREFOX)
    body = {"login": person.email, "password": password}
    return client, client.post("/accounts/login/", body)


def with_second_step(person: m.User) -> list[str]:
    """Give a person an authenticator; return the recovery codes."""
    with acting_as(SYSTEM):
        TOTP.activate(person, KEY)
        return RecoveryCodes.activate(person).get_unused_codes()


def words_of(answer) -> str:
    """Return the text of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_wrong_password_says_what_to_do(person: m.User) -> None:
    _client, answer = sign_in(person, "not-my-password")

    assert answer.status_code == 200
    assert (
        "You are not signed in yet. E-mail address and password do not belong together. Check both, or "
        "choose “Forgot your password?” below." in words_of(answer)
    )


def test_five_wrong_passwords_close_the_door_for_five_minutes(person: m.User) -> None:
    for _try in range(5):
        sign_in(person, "not-my-password")

    client, answer = sign_in(person)

    assert "Too many wrong tries. Wait five minutes, then try again." in words_of(answer)
    assert "_auth_user_id" not in client.session


def test_a_changed_password_leads_back_to_the_account(person: m.User) -> None:
    client, _answer = sign_in(person)
    body = {
        "oldpassword": PASSWORD,
        "password1": "a-longer-sentence-9",
        "password2": "a-longer-sentence-9",
    }

    answer = client.post("/accounts/password/change/", body, follow=True)

    assert answer.redirect_chain == [("/account/", 302)]
    assert "Your password is changed. Other browsers are signed out." in words_of(answer)


def test_the_mail_for_a_forgotten_password_says_who_and_how_long(person: m.User) -> None:
    client = Client()

    client.post("/accounts/password/reset/", {"email": person.email})

    (letter,) = mail.outbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.body)
    assert letter.subject == "Choose a new password for Plimsoll"
    assert letter.to == [person.email]
    assert letter.body.startswith(f"Hello {person.name},")
    assert "the link works once and ends after three days" in letter.body
    page = client.get(link.group(1), follow=True)  # type: ignore[union-attr]
    new = {"password1": "a-longer-sentence-9", "password2": "a-longer-sentence-9"}
    answer = client.post(page.redirect_chain[-1][0], new)
    assert answer.url == "/accounts/password/reset/key/done/"
    assert sign_in(person, "a-longer-sentence-9")[1].url == "/"


def test_a_mail_server_that_is_down_shows_the_same_page(person: m.User, settings, caplog) -> None:
    settings.EMAIL_BACKEND = "itsm.outbox.backends.AddressBackend"
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    answer = Client().post("/accounts/password/reset/", {"email": person.email})

    assert answer.url == "/accounts/password/reset/done/"
    assert "A message of the sign-in pages was not sent; see EMAIL_URL" in caplog.text


def test_nobody_without_an_account_gets_a_mail(world: World) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "nobody@nowhere.example"})

    assert answer.url == "/accounts/password/reset/done/"
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("/accounts/email/", "/account/"), ("/accounts/sessions/", "/account/sessions/")],
)
def test_a_page_of_the_package_leads_to_our_own(person: m.User, old: str, new: str) -> None:
    client, _answer = sign_in(person)

    assert client.get(old).url == new
    assert client.post(old, {"email": "other@nowhere.example", "action_add": ""}).url == new


def test_an_authenticator_is_set_up_with_the_code_it_shows(person: m.User) -> None:
    client, _answer = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    key = page.context["form"].secret

    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(key)}, follow=True)

    assert (
        "The second step is not on yet. Authenticator code : This code does not fit."
        in words_of(wrong)
    )
    assert answer.redirect_chain == [("/accounts/2fa/recovery-codes/", 302)]
    assert "10 of 10 are left." in words_of(answer)
    today = datetime.now(UTC)
    index = words_of(client.get("/accounts/2fa/"))
    assert f"In use since {today.day} {today:%b %Y}." in index
    assert "10 codes are left." in index


def test_the_key_and_the_recovery_codes_are_kept_encrypted(person: m.User) -> None:
    with_second_step(person)

    with acting_as(SYSTEM):
        stored = {row.type: row.data for row in Authenticator.objects.filter(user=person)}

    assert stored["totp"]["secret"].startswith("gAAAA")
    assert stored["recovery_codes"]["seed"].startswith("gAAAA")


def test_a_key_that_another_site_key_encrypted_fits_no_code(settings) -> None:
    adapter = SecondStepAdapter()
    stored = adapter.encrypt(KEY)

    assert adapter.decrypt(stored) == KEY
    assert adapter.decrypt(KEY) == KEY  # kept in clear by an older release
    settings.SECRET_KEY = "another"
    first, second = adapter.decrypt(stored), adapter.decrypt(stored)
    assert first != second
    assert len(base64.b32decode(first)) == 20


def test_a_sign_in_with_a_second_step_asks_for_the_code(person: m.User) -> None:
    with_second_step(person)

    client, answer = sign_in(person)

    assert answer.url == "/accounts/2fa/authenticate/"
    refused = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "You are not signed in yet." in words_of(refused)
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(KEY)}).url == "/"
    assert client.session["_auth_user_id"] == str(person.pk)


def test_a_recovery_code_works_once_and_says_how_many_are_left(person: m.User) -> None:
    codes = with_second_step(person)
    client, _answer = sign_in(person)

    inside = client.post("/accounts/2fa/authenticate/", {"code": codes[0]}, follow=True)
    other, _answer = sign_in(person)
    again = other.post("/accounts/2fa/authenticate/", {"code": codes[0]})

    assert "You used a recovery code, which works once. 9 are left." in words_of(inside)
    assert "a recovery code once: write the newest" in words_of(again)
    assert "9 codes are left." in words_of(client.get("/accounts/2fa/"))


def test_the_last_recovery_code_is_called_the_last(person: m.User) -> None:
    codes = with_second_step(person)
    with acting_as(SYSTEM):
        row = Authenticator.objects.get(user=person, type="recovery_codes")
        row.data["used_mask"] = (1 << 10) - 2  # all but the first
        row.save()
    client, _answer = sign_in(person)

    inside = client.post("/accounts/2fa/authenticate/", {"code": codes[0]}, follow=True)

    assert "That was your last recovery code." in words_of(inside)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = words_of(client.get("/accounts/2fa/recovery-codes/"))
    assert "All codes are used. Without new ones a lost telephone locks you out." in page


def test_an_administrator_takes_a_lost_second_step_away(world: World, person: m.User) -> None:
    codes = with_second_step(person)
    client, _answer = sign_in(person)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    boss = Client()
    boss.force_login(world.administrator)
    address = reverse("itsm:users_second-step", args=[person.pk])
    assert address in boss.get(f"/users/{person.pk}/").content.decode()

    answer = boss.post(address, follow=True)

    assert f"{person.name} signs in with the password alone. A mail says so." in words_of(answer)
    assert address not in answer.content.decode()
    assert client.get("/account/").url == "/accounts/login/?next=/account/"
    assert sign_in(person)[1].url == "/"
    with acting_as(SYSTEM):
        assert Authenticator.objects.filter(user=person).count() == 0
        change = changes_of(m.User.objects.get(pk=person.pk))[0]
        letter = m.Mail.objects.get()
    assert change.who == "Administrator"
    assert [part.title for part in change.fields] == ["Second step taken away"]
    assert (letter.recipient, letter.subject) == (
        person.email, "Your second step at sign-in was taken away",
    )  # fmt: skip


@pytest.mark.parametrize("role", ["SERVICE_LEVEL_MANAGER", "AUDITOR"])
def test_nobody_else_takes_a_second_step_away(world: World, role: str) -> None:
    someone = world.staff["RISK_OWNER"]
    with_second_step(someone)
    client = Client()
    client.force_login(world.staff[role])

    answer = client.post(reverse("itsm:users_second-step", args=[someone.pk]))

    assert answer.status_code == 403
    with acting_as(SYSTEM):
        assert Authenticator.objects.filter(user=someone).count() == 2


def test_a_second_step_that_is_not_there_cannot_be_taken_away(world: World, person: m.User) -> None:
    boss = Client()
    boss.force_login(world.administrator)

    answer = boss.post(reverse("itsm:users_second-step", args=[person.pk]), follow=True)

    assert "has no second step. Nothing is changed." in words_of(answer)
    with acting_as(SYSTEM):
        assert m.User.objects.get(pk=person.pk).second_step_reset_at is None


def test_the_command_lets_the_only_administrator_in_again(world: World, capsys) -> None:
    with_second_step(world.administrator)

    call_command("reset_second_step", world.administrator.email.upper())

    assert capsys.readouterr().out.startswith(
        f"{world.administrator.email} signs in with the password"
    )
    assert sign_in(world.administrator)[1].url == "/"
    with pytest.raises(CommandError, match="has no second step: the password is enough"):
        call_command("reset_second_step", world.administrator.email)
    with pytest.raises(CommandError, match="Nobody signs in as"):
        call_command("reset_second_step", "nobody@example.com")


def test_another_browser_is_seen_and_signed_out(person: m.User) -> None:
    here, _answer = sign_in(person)
    there, _answer = sign_in(person)
    words = words_of(here.get("/account/sessions/"))
    assert (
        words.count("Firefox on Windows") == 3
    )  # two rows, and the name in the button of the other
    assert words.count("This browser") == 1
    with acting_as(SYSTEM):
        other = UserSession.objects.get(session_key=there.session.session_key)

    answer = here.post("/account/sessions/", {"end": other.pk}, follow=True)

    assert "1 browser is signed out." in words_of(answer)
    assert "You are signed in nowhere else." in words_of(answer)
    assert there.get("/account/").url == "/accounts/login/?next=/account/"


def test_all_other_browsers_are_signed_out_at_once(person: m.User) -> None:
    others = [sign_in(person)[0] for _n in range(2)]
    here, _answer = sign_in(person)

    answer = here.post("/account/sessions/", {"end": "others"}, follow=True)

    assert "2 browsers are signed out." in words_of(answer)
    assert [one.get("/account/").status_code for one in others] == [302, 302]


def test_the_browser_of_somebody_else_cannot_be_signed_out(world: World, person: m.User) -> None:
    theirs, _answer = sign_in(world.staff["AUDITOR"])
    with acting_as(SYSTEM):
        row = UserSession.objects.get()
    here, _answer = sign_in(person)

    answer = here.post("/account/sessions/", {"end": row.pk}, follow=True)

    assert "Nothing was left to end." in words_of(answer)
    assert theirs.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/18.6 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("curl/8.5.0", "A program or an unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_called_by_its_name(header: str, name: str) -> None:
    assert browser_of(header) == name


def test_a_token_is_made_used_and_revoked(person: m.User) -> None:
    client, _answer = sign_in(person)

    page = client.post("/account/tokens/", {"name": "Nightly", "scope": "read", "days": "30"})
    secret = page.context["secret"]
    program = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    assert "The token “Nightly” is made." in words_of(page)
    assert Client().get("/api/v1/services", **program).status_code == 200
    assert Client().post("/api/v1/components", {}, **program).status_code == 403
    row = page.context["tokens"][0]
    assert timedelta(days=29) < row.expiry - datetime.now(UTC) <= timedelta(days=30)
    with acting_as(SYSTEM):
        assert m.ApiToken.objects.get().last_used_at is not None
    client.post("/account/tokens/", {"revoke": row.token_key})
    assert Client().get("/api/v1/services", **program).status_code == 401


def test_a_token_that_has_expired_is_refused_and_marked(person: m.User) -> None:
    client, _answer = sign_in(person)
    page = client.post("/account/tokens/", {"name": "Old", "scope": "read", "days": "30"})
    with acting_as(SYSTEM):
        m.ApiToken.objects.update(expiry=datetime(2026, 3, 1, tzinfo=UTC))
    listed = words_of(client.get("/account/tokens/"))

    answer = Client().get("/api/v1/services", HTTP_AUTHORIZATION=f"Bearer {page.context['secret']}")

    assert "expired 1 Mar 2026" in listed
    assert answer.status_code == 401
