"""Logo and accent of a party: what is kept of a picture, what is refused, and where it is seen."""

import base64
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image, PngImagePlugin

from itsm.calculations.pictures import NoPicture, logo_of
from itsm.models import Party, StoredFile, User
from itsm.services import files, looks
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RED, CLEAR = (200, 30, 40, 255), (0, 0, 0, 0)


def picture(size: tuple[int, int] = (300, 100), kind: str = "PNG", **options: Any) -> bytes:
    """A red picture of this size."""
    mode = "RGB" if kind == "JPEG" else "RGBA"
    written = io.BytesIO()
    Image.new(mode, size, RED[: len(mode)]).save(written, kind, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_logo_is_written_anew_without_what_else_the_file_carried() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")

    kept = logo_of(picture(pnginfo=notes) + b"<?php echo 1 ?>")

    assert (kept.width, kept.height) == (300, 100)
    assert b"script" not in kept.content
    assert b"php" not in kept.content
    assert opened(kept.content).getpixel((5, 5)) == RED


def test_a_large_logo_becomes_as_large_as_is_printed() -> None:
    kept = logo_of(picture((4000, 1000)))

    assert (kept.width, kept.height) == (1200, 300)


def test_a_transparent_margin_is_cut_off() -> None:
    drawn = Image.new("RGBA", (200, 200), CLEAR)
    drawn.paste(RED, (50, 80, 150, 120))
    written = io.BytesIO()
    drawn.save(written, "PNG")

    kept = logo_of(written.getvalue())

    assert (kept.width, kept.height) == (100, 40)


def test_a_photo_is_turned_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held on its side

    kept = logo_of(picture((300, 100), "JPEG", exif=turned))

    assert (kept.width, kept.height) == (100, 300)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (b"", "kind"),
        (picture(kind="GIF"), "kind"),
        (picture(kind="WEBP"), "kind"),
        (picture()[:60], "damaged"),
        (picture((23, 300)), "small"),
        (picture((6000, 5000)), "large"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NoPicture) as refused:
        logo_of(content)

    assert refused.value.reason == reason
    assert reason in looks.SENTENCES


def test_a_wholly_transparent_picture_is_refused() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (90, 90), CLEAR).save(written, "PNG")

    with pytest.raises(NoPicture, match="empty"):
        logo_of(written.getvalue())


def test_a_color_that_cannot_be_read_is_shown_mended_in_each_theme() -> None:
    # Yellow on white has a contrast of 1.07 : 1; on dark it needs no mending.
    light, dark = looks.shades_of("#FFFF00")

    assert (light.is_mended, light.contrast_asked) == (True, 1.07)
    assert light.contrast_shown >= 4.5
    assert (dark.is_mended, dark.shown) == (False, "ffff00")
    assert looks.shades_of("") == ()


@pytest.mark.django_db
def test_the_form_sets_shows_and_removes_the_look(world: World) -> None:
    client = signed_in(world.administrator)
    address = "/parties/acme/look/"

    def send(**facts: Any) -> Any:
        version = client.get(address).context["version"]
        return client.post(address, {"row_version": version, "accent": "", **facts})

    saved = send(accent="FFD400", logo=SimpleUploadedFile("Acme logo.jpg", picture(kind="JPEG")))
    assert saved.status_code == 302
    with acting_as(SYSTEM):
        party = Party.objects.select_related("logo").get(slug="acme")
    assert (party.accent, party.logo.name, party.logo.content_type) == (
        "#ffd400", "Acme logo.png", "image/png",
    )  # fmt: skip

    shown = client.get(f"/parties/acme/logo/?v={party.logo_id}")
    assert b"".join(shown.streaming_content) == files.read_file(party.logo)
    page = client.get(address).content.decode()
    assert "instead of #ffd400, whose contrast of 1.43 : 1 is too weak to read" in page

    changed = send(accent="#0B5C82")
    assert changed.status_code == 302
    with acting_as(SYSTEM):
        party = Party.objects.select_related("logo").get(slug="acme")
    assert (party.accent, party.logo.name) == ("#0b5c82", "Acme logo.png")

    send(accent="#0B5C82", remove_logo="on")
    with acting_as(SYSTEM):
        party.refresh_from_db()
    assert party.logo_id is None
    assert client.get("/parties/acme/logo/").status_code == 404
    history = client.get("/parties/acme/history/").content.decode()
    assert "Acme logo.png" in history
    assert "#ffd400" in history


@pytest.mark.django_db
def test_a_preview_keeps_the_picture_but_changes_nothing(world: World) -> None:
    client = signed_in(world.administrator)
    upload = SimpleUploadedFile("acme.png", picture())

    shown = client.post("/parties/acme/look/", {"accent": "#7A4A86", "logo": upload, "show": "1"})

    assert shown.status_code == 200
    kept = shown.context["form"]["kept_logo"].value()
    with acting_as(SYSTEM):
        party = Party.objects.get(slug="acme")
    assert (party.accent, party.logo_id) == ("", None)
    assert f"/parties/acme/logo/?kept={kept}" in shown.content.decode()
    assert client.get(f"/parties/acme/logo/?kept={kept}").status_code == 200

    version = shown.context["version"]
    facts = {"accent": "#7A4A86", "kept_logo": kept, "row_version": version}
    assert client.post("/parties/acme/look/", facts).status_code == 302
    with acting_as(SYSTEM):
        party = Party.objects.select_related("logo").get(slug="acme")
    assert (party.accent, party.logo.sha256) == ("#7a4a86", kept)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"accent": "red"}, "Write the color as #rrggbb"),
        ({"logo": ("a.svg", b"<svg/>")}, "This file is no PNG or JPEG picture."),
        ({"logo": ("a.png", b"x" * (2 * 1024 * 1024 + 1))}, "The file has 2.0 MiB; a logo may have"),
    ],
)  # fmt: skip
def test_a_refused_look_says_why_and_changes_nothing(
    world: World, facts: dict[str, Any], words: str
) -> None:
    client = signed_in(world.administrator)
    if "logo" in facts:
        facts = {"logo": SimpleUploadedFile(*facts["logo"])}

    answer = client.post("/parties/acme/look/", {"accent": "", **facts})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with acting_as(SYSTEM):
        assert StoredFile.objects.count() == 0
        assert Party.objects.get(slug="acme").logo_id is None


@pytest.mark.django_db
def test_the_look_of_somebody_elses_change_is_not_overwritten(world: World) -> None:
    client = signed_in(world.administrator)
    version = client.get("/parties/acme/look/").context["version"]
    with acting_as(SYSTEM):
        looks.set_look(world.acme, logo=None, accent="#14713f")

    answer = client.post("/parties/acme/look/", {"accent": "#7A4A86", "row_version": version})

    assert answer.status_code == 409
    with acting_as(SYSTEM):
        assert Party.objects.get(slug="acme").accent == "#14713f"


@pytest.mark.django_db
def test_the_portal_wears_the_logo_and_no_other_customer_sees_it(world: World) -> None:
    with acting_as(SYSTEM):
        logo = looks.keep_logo(world.acme, name="acme.png", content=picture(), at=AT)
        looks.set_look(world.acme, logo=logo, accent="#7a4a86")

    page = signed_in(world.people["acme"]["CUSTOMER_VIEWER"]).get("/portal/").content.decode()
    own = signed_in(world.people["acme"]["CUSTOMER_VIEWER"]).get("/parties/acme/logo/")
    foreign = signed_in(world.people["bolt"]["CUSTOMER_VIEWER"]).get("/parties/acme/logo/")

    assert "/parties/acme/logo/?v=" in page
    assert "/portal/accent/7a4a86.css" in page
    assert own.headers["Content-Type"] == "image/png"
    assert foreign.status_code == 404


@pytest.mark.django_db
def test_a_program_sets_reads_and_removes_the_logo(world: World) -> None:
    client = signed_in(world.administrator)
    address = "/api/v1/parties/acme/logo"

    def put(content: bytes) -> Any:
        body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("acme.png", content)})
        return client.put(address, body, content_type=MULTIPART_CONTENT)

    refused, saved, read = put(b"<svg/>"), put(picture()), client.get(address)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("This file is no PNG or JPEG picture.")
    assert (saved.status_code, saved.json()["slug"]) == (200, "acme")
    assert b"".join(read.streaming_content) == logo_of(picture()).content

    as_json = {"content_base64": base64.b64encode(picture((90, 30))).decode(), "name": "b.png"}
    again = client.put(address, json.dumps(as_json), content_type="application/json")
    broken = client.put(address, '{"content_base64": "?"}', content_type="application/json")
    assert (again.status_code, broken.status_code) == (200, 400)
    assert opened(b"".join(client.get(address).streaming_content)).size == (90, 30)

    removed = client.delete(address)
    assert removed.status_code == 200
    assert client.get(address).status_code == 404
