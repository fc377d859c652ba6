"""Files over the API: what comes in, what is refused, who reads it and how it is kept."""

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, PngImagePlugin

from itsm.models import StoredFile
from itsm.services.files import store
from itsm.services.uploads import LARGEST_UPLOAD
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import BASE, Caller
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n"
TYPES = "[Content_Types].xml"


def _picture(form: str = "PNG", size: tuple[int, int] = (4, 3), **options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, form, **options)
    return output.getvalue()


def _package(parts: dict[str, bytes], first: str = "xl/workbook.xml") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in ({TYPES: b"<Types/>", first: b"<workbook/>"} | parts).items():
            package.writestr(name, content)
    return output.getvalue()


def _send(
    caller: Caller, name: str, content: bytes, *, key: str = "", customer: str = "acme", **parts: str
) -> Any:  # fmt: skip
    headers = {"Authorization": f"Bearer {caller.secret}"}
    if key:
        headers["Idempotency-Key"] = key
    form = {"customer": customer, "file": SimpleUploadedFile(name, content), **parts}
    return Client().post(f"{BASE}/files", form, headers=headers)


def _count() -> int:
    with acting_as(SYSTEM):
        return StoredFile.objects.count()


def test_a_file_is_kept_under_a_made_up_place_and_read_back_with_its_digest(admin: Caller) -> None:
    made = _send(admin, "C:\\in\\..\\Minutes  of March.PDF", PDF)

    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["name"], row["content_type"], row["size"]) == (
        "Minutes of March.pdf", "application/pdf", len(PDF),
    )  # fmt: skip
    assert row["uploaded_by"] == "Administrator"
    assert row["customer"]["slug"] == "acme"
    assert made["Location"].endswith(f"/api/v1/files/{row['id']}")
    with acting_as(SYSTEM):
        place = StoredFile.objects.get(pk=row["id"]).key
    assert place == f"{row['sha256'][:2]}/{row['sha256'][2:4]}/{row['sha256']}"
    assert (Path(settings.FILES_DIR) / place).read_bytes() == PDF
    read = admin.get(f"/files/{row['id']}/content")
    assert b"".join(read) == PDF  # type: ignore[arg-type]  # a streaming answer
    assert read["ETag"] == f'"{row["sha256"]}"'
    assert read["Content-Type"] == "application/pdf"
    assert read["Content-Disposition"] == 'attachment; filename="Minutes of March.pdf"'
    assert read["X-Content-Type-Options"] == "nosniff"
    again = admin.get(f"/files/{row['id']}/content", If_None_Match=read["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_the_same_as_json_in_base64(admin: Caller) -> None:
    body = {"customer": "acme", "name": "a.txt", "content": base64.b64encode(b"Agreed.").decode()}
    made = admin.post("/files", body)

    assert made.status_code == 201, made.content
    assert b"".join(admin.get(f"/files/{made.json()['id']}/content")) == b"Agreed."  # type: ignore[arg-type]


def test_the_same_file_again_is_the_one_that_is_there(admin: Caller) -> None:
    first, again = (_send(admin, "a.pdf", PDF) for _number in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_a_repeated_form_with_a_key_acts_once_whatever_its_boundary(admin: Caller) -> None:
    answers = [_send(admin, "a.pdf", PDF, key="k-1") for _number in range(3)]
    other = _send(admin, "b.pdf", PDF, key="k-1")

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_file_is_evidence_of_a_record_and_found_by_it(admin: Caller, world: World) -> None:
    about = f'{{"kind": "itsm.service", "id": "{world.webmail.pk}"}}'
    made = _send(admin, "a.pdf", PDF, about=about)
    _send(admin, "b.pdf", PDF)

    assert made.json()["about"]["kind"] == "itsm.service"
    found = admin.get(f"/files?about={world.webmail.pk}").json()["data"]
    assert [row["id"] for row in found] == [made.json()["id"]]


def test_a_record_of_another_customer_is_no_reason_for_the_file(
    admin: Caller, world: World
) -> None:
    about = f'{{"kind": "itsm.party", "id": "{world.bolt.pk}"}}'
    before = _count()
    answer = _send(admin, "a.pdf", PDF, about=about)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/about"
    assert answer.json()["errors"][0]["code"] == "other_customer"
    assert _count() == before


def test_another_customer_neither_reads_nor_lists_it(
    admin: Caller, acme: Caller, bolt: Caller
) -> None:
    key = _send(admin, "a.pdf", PDF).json()["id"]

    assert b"".join(acme.get(f"/files/{key}/content")) == PDF  # type: ignore[arg-type]
    for path in (f"/files/{key}", f"/files/{key}/content"):
        assert bolt.get(path).status_code == 404
    assert key not in bolt.get("/files").content.decode()


def test_customers_send_no_files(acme: Caller) -> None:
    before = _count()

    assert _send(acme, "a.pdf", PDF).status_code == 403
    assert _count() == before


def test_what_people_sent_can_be_archived_what_the_product_made_cannot(
    admin: Caller, world: World
) -> None:
    sent = _send(admin, "a.pdf", PDF).json()["id"]
    made = store(
        customer=world.acme, name="r.pdf", content_type="application/pdf", content=PDF, at=timezone.now()
    )  # fmt: skip

    assert admin.post(f"/files/{sent}/archive").json()["archived_at"] is not None
    assert sent not in admin.get("/files").content.decode()
    assert admin.post(f"/files/{made.pk}/archive").status_code == 409
    labels = [entry["act"] for entry in admin.get(f"/files/{sent}/history").json()["data"]]
    assert labels == ["update", "insert"]


def test_a_picture_is_drawn_anew_so_that_nothing_hides_in_it(admin: Caller) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    key = _send(admin, "a.png", _picture(pnginfo=notes) + b"<script>").json()["id"]
    kept = b"".join(admin.get(f"/files/{key}/content"))  # type: ignore[arg-type]

    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.size, picture.getpixel((0, 0))) == ((4, 3), (255, 0, 0))


def test_what_is_not_what_it_says_is_refused_with_its_place_and_leaves_nothing(
    admin: Caller,
) -> None:
    before = _count()
    for name, content, code in (
        ("a.pdf", b"", "blank"),
        ("a.pdf", b"<html></html>", "wrong_type"),
        ("a.txt", b"<script>", "active_contents"),
    ):
        text = base64.b64encode(content).decode()
        answer = admin.post("/files", {"customer": "acme", "name": name, "content": text})

        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/content", code)
    assert _count() == before


def test_an_office_file_is_kept_as_it_is(admin: Caller) -> None:
    content = _package({"xl/worksheets/sheet1.xml": b"<sheet/>"})
    made = _send(admin, "figures.xlsx", content)

    assert made.status_code == 201, made.content
    assert made.json()["size"] == len(content)


def test_a_refusal_of_the_kind_names_the_kinds_that_are_kept(admin: Caller) -> None:
    [error] = _send(admin, "a.exe", b"MZ").json()["errors"]

    assert error["pointer"] == "/file"
    assert error["accepted"] == [
        "csv", "docx", "jpeg", "jpg", "md", "pdf", "png", "pptx", "txt", "xlsx",
    ]  # fmt: skip


def test_more_than_20_megabytes_are_refused_unread(admin: Caller) -> None:
    before = _count()
    answer = _send(admin, "a.txt", b"a" * (LARGEST_UPLOAD + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert _count() == before


@pytest.mark.parametrize("part", ["customer", "about"])
def test_a_form_with_nul_is_refused_with_the_name_of_its_part(admin: Caller, part: str) -> None:
    before = _count()
    answer = _send(admin, "a.pdf", PDF, **{part: "a\x00b"})

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"/{part}", "not_storable")
    assert _count() == before


def test_the_form_of_an_import_refuses_nul_too(admin: Caller) -> None:
    file = SimpleUploadedFile("a.csv", b"name\nx\n")
    headers = {"Authorization": f"Bearer {admin.secret}"}
    answer = Client().post(f"{BASE}/imports", {"file": file, "kind": "a\x00b"}, headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/kind")
