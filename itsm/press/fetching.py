"""What the PDF process can reach: a dictionary of our own assets, and nothing else."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}


class AddressRefused(FatalURLFetchingError):
    """The page named an address that is not one of our assets; its text is the address."""


class AssetFetcher(URLFetcher):
    """Serves `asset:NAME` from memory and `data:`; every other address ends the rendering."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        """Keep the assets; no handler for files or networks is ever asked."""
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
        self._assets = assets

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Give the asset; raises AddressRefused for all else."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        name = url.removeprefix("asset:")
        if name == url or name not in self._assets:
            raise AddressRefused(url)
        kind = _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        return URLFetcherResponse(url, BytesIO(self._assets[name]), {"Content-Type": kind})
