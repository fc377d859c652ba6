"""A logo as it is kept: read by its content, upright, without empty margin, never larger than is printed."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG")
MOST_PIXELS = 25_000_000
LEAST_SIDE = 24  # pixels; below, a logo is a stain on paper
KEPT_WIDTH, KEPT_HEIGHT = 1200, 400  # 400 dpi in the 76 by 25 mm that a cover has for it


class NoPicture(ValueError):
    """The bytes are no PNG or JPEG picture that can be read; ``reason`` is kind, damaged, large, small or empty."""

    def __init__(self, reason: str) -> None:
        """Keep the reason as a word: the sentence is the service's."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG without anything but pixels, with its width and height in pixels."""

    content: bytes
    width: int
    height: int


def logo_of(content: bytes) -> Logo:
    """Return the picture written anew as PNG: at most 1200 by 400 pixels, transparent margin cut off.

    Whatever else the file carried (place, camera, comments, a second file behind it) is gone.
    Raises NoPicture.
    """
    picture = _opened(content)
    try:
        upright = ImageOps.exif_transpose(picture)
        clear = upright.has_transparency_data
        drawn = upright.convert("RGBA" if clear else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise NoPicture("damaged") from error
    if clear:
        margin = drawn.getchannel("A").getbbox()
        if margin is None:
            raise NoPicture("empty")
        drawn = drawn.crop(margin)
    drawn.thumbnail((KEPT_WIDTH, KEPT_HEIGHT), Image.Resampling.LANCZOS)
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    written = BytesIO()
    clean.save(written, "PNG", optimize=True)
    return Logo(written.getvalue(), clean.width, clean.height)


def refuse_cut_pictures() -> None:
    """Take half a picture for damaged: the PDF engine, where it was imported, makes Pillow fill it up."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def _opened(content: bytes) -> Image.Image:
    """Open without decoding, so that a small file that unfolds to gigabytes is refused by its head."""
    refuse_cut_pictures()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise NoPicture("kind") from error
    except Image.DecompressionBombError as error:
        raise NoPicture("large") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise NoPicture("damaged") from error
    if picture.width * picture.height > MOST_PIXELS:
        raise NoPicture("large")
    if min(picture.size) < LEAST_SIDE:
        raise NoPicture("small")
    return picture
