"""The faces of the printed page, read from the front-end packages."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class FontFace:
    """One face: CSS family, weight, style and where its package keeps the file."""

    family: str
    weight: int
    style: str
    package_path: str

    @property
    def path(self) -> Path:
        """The file; it may be missing, see `missing_faces`."""
        return packages_directory() / self.package_path

    @property
    def asset(self) -> str:
        """Name under which the PDF process knows the file."""
        return f"fonts/{Path(self.package_path).name}"


FACES = (
    FontFace("Source Sans 3", 400, "normal", "source-sans/TTF/SourceSans3-Regular.ttf"),
    FontFace("Source Sans 3", 400, "italic", "source-sans/TTF/SourceSans3-It.ttf"),
    FontFace("Source Sans 3", 600, "normal", "source-sans/TTF/SourceSans3-Semibold.ttf"),
    FontFace(
        "Source Serif 4 Display",
        400,
        "normal",
        "source-serif/TTF/SourceSerif4Display-Regular.ttf",
    ),
)


def packages_directory() -> Path:
    """Where the npm packages lie: setting NODE_MODULES, else `node_modules` beside the apps."""
    return Path(getattr(settings, "NODE_MODULES", "") or _ROOT / "node_modules")


def font_faces() -> list[FontFace]:
    """The faces that are there. Without them text falls back to DejaVu and stays readable."""
    return [face for face in FACES if face.path.is_file()]


def missing_faces() -> list[str]:
    """Names of the faces that are not there, for the system check ("Source Sans 3 600")."""
    return [
        f"{face.family} {face.weight} {face.style} ({face.package_path})"
        for face in FACES
        if not face.path.is_file()
    ]


def font_rules() -> str:
    """The style rules that declare the faces."""
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
        f"font-style:{face.style};src:url(asset:{face.asset})}}\n"
        for face in font_faces()
    )


def font_assets() -> dict[str, bytes]:
    """The files by asset name."""
    return {face.asset: face.path.read_bytes() for face in font_faces()}
