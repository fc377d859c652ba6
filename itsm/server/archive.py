"""A backup on disk: one tar file with the database's dump, the stored files and a manifest.

``manifest.json`` comes first: version, instant, migrations, the dump's SHA-256 and a fingerprint of
the secret key, without which encrypted secrets cannot be read again.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from itsm.server.binaries import postgres_program
from itsm.server.errors import StartRefused
from itsm.server.roles import LOGIN, TAKEN

MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files/"
FORMAT = 1
_EMPTY_SCHEMA = (
    "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
    f"GRANT USAGE ON SCHEMA public TO {LOGIN}, {', '.join(TAKEN)};\n"
)


class BadArchive(ValueError):
    """The file is no backup of ours, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    format: int
    made_at: str
    migrations: list[str]
    dump_sha256: str
    key_fingerprint: str


def key_fingerprint(secret_key: str) -> str:
    """Return 16 hexadecimal digits that tell two secret keys apart and give neither away."""
    return hashlib.sha256(f"plimsoll.fingerprint:{secret_key}".encode()).hexdigest()[:16]


def dump(settings: Mapping[str, Any], target: Path) -> str:
    """Write the database of Django's ``settings`` to ``target``; return the SHA-256 of the dump."""
    command = [postgres_program("pg_dump"), "--format=custom", "--compress=6", "--no-comments"]
    _run([*command, f"--file={target}"], settings)
    return _digest(target)


def replace_database(settings: Mapping[str, Any], source: Path) -> None:
    """Empty the database and load ``source``, in one transaction: all of it or nothing."""
    script = source.with_suffix(".sql")
    command = [postgres_program("pg_restore"), "--no-owner", "--no-comments", f"--file={script}"]
    _run([*command, str(source)], settings, connect=False)
    loaded = source.with_name("load.sql")
    with loaded.open("wb") as output, script.open("rb") as dumped:
        output.write(_EMPTY_SCHEMA.encode())
        while block := dumped.read(1 << 20):
            output.write(block)
    psql = [postgres_program("psql"), "--quiet", "--no-psqlrc", "--single-transaction"]
    _run([*psql, "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={loaded}"], settings)


def write(target: Path, manifest: Manifest, dumped: Path, files: Path) -> int:
    """Write the tar file, beside its place first; return the number of stored files in it."""
    part = target.with_name(target.name + ".part")
    count = 0
    with tarfile.open(part, "w") as archive:
        text = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
        archive.add(dumped, DUMP)
        for path in sorted(files.rglob("*")):
            if path.is_file():
                archive.add(path, FILES + path.relative_to(files).as_posix())
                count += 1
    part.chmod(0o600)
    part.replace(target)
    return count


def read_manifest(source: Path) -> Manifest:
    """Return the manifest; raise BadArchive when the file is not a backup that we can read."""
    try:
        with tarfile.open(source, "r:") as archive:
            stream = archive.extractfile(MANIFEST)
            manifest = Manifest(**json.load(stream)) if stream else None
    except (OSError, tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise BadArchive(f"{source} is not a backup of Plimsoll ({error}).") from None
    if manifest is None or manifest.format != FORMAT:
        raise BadArchive(f"{source} was written by a newer version of Plimsoll. Install that one.")
    return manifest


def unpack(source: Path, folder: Path, manifest: Manifest) -> int:
    """Unpack dump and files into ``folder``, check the dump; return the number of stored files."""
    count = 0
    (folder / FILES).mkdir(parents=True)
    with tarfile.open(source, "r:") as archive:
        for name, stream in _members(archive):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as output:
                while block := stream.read(1 << 20):
                    output.write(block)
            count += name.startswith(FILES)
    if not (folder / DUMP).exists() or _digest(folder / DUMP) != manifest.dump_sha256:
        raise BadArchive(f"{source} is damaged: the database in it has another checksum.")
    return count


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the regular files whose names stay inside the folder; refuse any other."""
    for member in archive:
        path = PurePosixPath(member.name)
        wanted = member.name in {MANIFEST, DUMP} or member.name.startswith(FILES)
        if not member.isfile() or not wanted or path.is_absolute() or ".." in path.parts:
            raise BadArchive(f"The backup holds an entry that we never write: {member.name}")
        stream = archive.extractfile(member)
        if stream is not None:
            yield member.name, stream


def _run(command: list[str], settings: Mapping[str, Any], *, connect: bool = True) -> None:
    given = {
        "PGHOST": settings["HOST"],
        "PGPORT": str(settings["PORT"]),
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
    }
    environment = {**os.environ, **{name: value for name, value in given.items() if value}}
    done = subprocess.run(
        command,
        env=environment if connect else dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise StartRefused(f"{Path(command[0]).name} stopped: {said[0]}")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
