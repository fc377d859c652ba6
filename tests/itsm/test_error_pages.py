"""Pages of errors: what happened, what to do, the number of the request; the policy knows their style."""

import hashlib
from base64 import b64encode

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.views import errors
from itsm.views.shell import doors
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_form_without_its_secret_says_that_it_is_too_old(world: World) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    words = answer.content.decode()
    style = words.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.status_code == 403
    assert "This form is too old" in words
    assert answer.headers["X-Request-ID"] in words
    assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_the_style_of_an_error_is_allowed_on_no_other_page(world: World) -> None:
    answer = Client().get("/accounts/login/")

    assert "sha256-" not in answer.headers["Content-Security-Policy"]


def test_too_many_sign_ins_are_told_to_wait(world: World) -> None:
    cache.clear()
    client = Client()

    answers = [client.post("/accounts/login/", {"login": "", "password": ""}) for _n in range(61)]
    cache.clear()

    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert "Too many tries" in answers[-1].content.decode()


def test_the_theme_of_the_browser_holds_on_error_pages(rf) -> None:
    request = rf.get("/services/")
    request.COOKIES["plimsoll_theme"] = "dark"

    assert '<html lang="en" data-bs-theme="dark">' in errors.failed(request).content.decode()


def test_every_role_of_the_staff_has_the_doors_of_the_kernel(world: World, rf) -> None:
    request = rf.get("/")
    request.user = world.staff["SERVICE_LEVEL_MANAGER"]

    assert [str(door.title) for door in doors(request)][:4] == [
        "My work", "Services", "Records", "Customers",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=a%00b",
        "/services/?c=%00",
        "/?c=acme&p=2026%00",
        "/focus/?q=%00",
        "/portal/?customer=%00",
        "/accounts/login/?next=/%00",
    ],
)
def test_a_nul_in_an_address_is_a_request_that_cannot_be_read(world: World, address: str) -> None:
    client = Client(raise_request_exception=False)
    if not address.startswith("/accounts/"):
        client.force_login(world.administrator)

    answer = client.get(address)

    assert answer.status_code == 400
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_a_nul_in_a_form_is_refused(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.administrator)

    answers = [
        client.post("/account/tokens/", {"revoke": "a\0b"}),
        client.post("/theme/", {"theme": "dark", "next": "/\0"}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
