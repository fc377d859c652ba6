"""Files beside a record: kept after a look at them, downloaded as they came, by the provider's people alone."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm import models as m
from itsm.services import uploads
from itsm.tenancy import SYSTEM, acting_as
from tests.itsm.beside_records import action, client, signed_in
from tests.world import World

__all__ = ["action", "client"]
pytestmark = pytest.mark.django_db
ABSENT = "00000000-0000-7000-8000-000000000000"


def send(client: Client, row: Any, name: str = "minutes.txt", content: bytes = b"Agreed.\n") -> Any:
    address = f"/files/about/{row._meta.label_lower}/{row.pk}/"
    return client.post(address, {"file": SimpleUploadedFile(name, content)})


def files() -> list[m.StoredFile]:
    with acting_as(SYSTEM):
        return list(m.StoredFile.objects.select_related("customer").order_by("created_at"))


def kept(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.context["files"]


def test_a_file_stands_beside_its_record_and_comes_back_as_it_was_sent(
    client: Client, action: m.Action, world: World
) -> None:
    answer = send(client, action)

    address = f"/actions/{action.pk}/"
    assert (answer.status_code, answer["Location"]) == (302, f"{address}#files")
    [made] = files()
    sender = str(world.staff["SERVICE_LEVEL_MANAGER"])
    assert (made.name, made.size, made.uploaded_by) == ("minutes.txt", 8, sender)
    assert (made.customer, made.source_ref) == (world.acme, m.SourceRef.to(action))
    [shown] = kept(client, address).kept
    content = client.get(shown.content_url)
    assert b"".join(content.streaming_content) == b"Agreed.\n"
    assert content["Content-Disposition"] == 'attachment; filename="minutes.txt"'
    assert (content["X-Content-Type-Options"], content["Content-Type"]) == ("nosniff", "text/plain")
    assert 'href="/actions/' in client.get(f"/files/{made.pk}/").content.decode()


def test_the_same_file_is_kept_once_and_what_is_archived_leaves_the_page(
    client: Client, action: m.Action
) -> None:
    address = f"/actions/{action.pk}/"
    send(client, action)
    send(client, action)
    assert "minutes.txt is kept here already." in client.get(address).content.decode()
    [shown] = kept(client, address).kept

    answer = client.post(shown.archive_url)

    assert answer["Location"] == f"{address}#files"
    assert kept(client, address).kept == []
    assert len(files()) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("minutes.txt", b"", "The file is empty."),
        (
            "minutes.pdf",
            b"Agreed.",
            "The contents are not those of a PDF file. Check what you send.",
        ),
        ("page.txt", b"<html>", "The file holds a web page, which is not kept. Save it without."),
    ],
)
def test_what_the_api_refuses_is_refused_here_in_the_same_words(
    client: Client, action: m.Action, name: str, content: bytes, words: str
) -> None:
    answer = send(client, action, name, content)

    assert (answer.status_code, answer.context["form"].errors["file"]) == (422, [words])
    assert files() == []


def test_a_file_that_is_too_large_is_not_read(
    client: Client, action: m.Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 4)
    monkeypatch.setattr("itsm.views.remark_pages.examine", None)

    answer = send(client, action)

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == [
        "The file is larger than 0 MB. Send it in parts."
    ]
    assert files() == []


def test_only_who_may_add_sends_files_and_no_customer_reads_them_here(
    client: Client, action: m.Action, world: World
) -> None:
    send(client, action)
    [made] = files()
    auditor = signed_in(world.staff["AUDITOR"])
    shown = kept(auditor, f"/actions/{action.pk}/")
    assert (len(shown.kept), shown.kept[0].archive_url, shown.form) == (1, "", None)
    assert send(auditor, action).status_code == 403
    assert auditor.get(f"/files/{made.pk}/content/").status_code == 200
    for slug in ("acme", "bolt"):
        person = signed_in(world.people[slug]["CUSTOMER_APPROVER"])
        assert send(person, action).status_code == 403
        for key in (made.pk, ABSENT):
            assert person.get(f"/files/{key}/content/").status_code == 403
    assert client.get(f"/files/{ABSENT}/content/").status_code == 404
    assert len(files()) == 1


def test_the_newest_twenty_stand_there_and_a_link_leads_to_all(
    client: Client, world: World
) -> None:
    for number in range(21):
        send(client, world.webmail, f"{number}.txt", f"Number {number}".encode())

    shown = kept(client, "/services/webmail/")

    assert [one.file.name for one in shown.kept] == [f"{number}.txt" for number in range(1, 21)]
    assert len(client.get(shown.all_url).context["table"].records) == 21
    assert {row.customer.slug for row in files()} == {"northwind"}
