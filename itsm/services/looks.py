"""A party's look: its logo and its accent color, in the portal at once and on the next report."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.colors import SHEETS, contrast, readable
from itsm.calculations.pictures import LEAST_SIDE, NoPicture, logo_of
from itsm.models import Party, StoredFile
from itsm.services import files

MOST_BYTES = 2 * 1024 * 1024
PNG = "image/png"
SENTENCES = {
    "kind": lazy(
        "This file is no PNG or JPEG picture. Drawings (SVG, AI, PDF) must be saved as PNG first."
    ),
    "damaged": lazy("The picture cannot be read to its end. Save it anew as PNG and try again."),
    "large": lazy("The picture has more than 25 million pixels. Make it smaller: 1200 by 400 is enough."),
    "small": lazy("The picture is too small to be printed: each side needs at least %(least)s pixels."),
    "empty": lazy("Every pixel of the picture is transparent: nothing would be seen."),
}  # fmt: skip


class LogoRefused(ValueError):
    """The file is no picture that can be a logo; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Shade:
    """An accent as it is shown in one theme: colors as "rrggbb", contrast to the sheet from 1 to 21."""

    theme: str
    asked: str
    shown: str
    contrast_asked: float
    contrast_shown: float

    @property
    def is_mended(self) -> bool:
        """Whether the color could not be read as it was chosen."""
        return self.asked != self.shown


def shades_of(accent: str) -> tuple[Shade, ...]:
    """Return how "#rrggbb" is shown on the light and the dark sheet; empty without an accent."""
    color = accent.lstrip("#").lower()
    if not color:
        return ()
    return tuple(
        Shade(
            theme,
            color,
            readable(color, theme),
            round(contrast(color, sheet), 2),
            round(contrast(readable(color, theme), sheet), 2),
        )
        for theme, sheet in SHEETS.items()
    )


def check_size(size: int) -> None:
    """Raise LogoRefused for a file of more than 2 MiB; ask before it is read into memory."""
    if size > MOST_BYTES:
        words = _("The file has %(size)s MiB; a logo may have 2 MiB. Save it smaller.")
        raise LogoRefused(words % {"size": f"{size / 1024 / 1024:.1f}"})


def keep_logo(party: Party, *, name: str, content: bytes, at: datetime) -> StoredFile:
    """Keep an uploaded picture as PNG among the party's files; it is not its logo yet.

    Raises LogoRefused with what is wrong and what to do.
    """
    check_size(len(content))
    try:
        logo = logo_of(content)
    except NoPicture as problem:
        raise LogoRefused(str(SENTENCES[problem.reason]) % {"least": LEAST_SIDE}) from problem
    stem = PurePath(name.replace("\\", "/")).stem[:100] or "logo"
    return files.store(
        customer=party, name=f"{stem}.png", content_type=PNG, content=logo.content, at=at
    )


def kept_logo(party: Party, sha256: str) -> StoredFile | None:
    """Return a picture that was kept for this party, by the digest of its bytes."""
    rows = StoredFile.objects.filter(customer=party, content_type=PNG, sha256=sha256)
    return rows.order_by("created_at").first() if sha256 else None


@transaction.atomic
def set_look(party: Party, *, logo: StoredFile | None, accent: str | None = None) -> Party:
    """Give a party its logo (None: none) and its accent ("#rrggbb", "" for the usual one, None: as it is).

    Reports that were issued keep theirs: they are stored with it.
    """
    row = Party.objects.select_for_update(of=("self",)).get(pk=party.pk)
    row.logo = logo
    row.accent = row.accent if accent is None else accent
    row.save(update_fields=["logo", "accent", "updated_at"])
    return row
