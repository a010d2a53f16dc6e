"""Brings a PostgreSQL server for the store's tests: `python -m tests.postgres`.

As root on Debian it is the distribution's own package; elsewhere it says what to install. The tests start a server of
their own in a temporary folder, reached by a socket file in it, and need none that runs already.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

ADVICE = "install PostgreSQL's server, on Debian with: apt-get install postgresql"
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
_QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=16MB -c autovacuum=off"


def binaries() -> Path | None:
    """The folder of an installed server's programs, the newest if there are several."""
    found = [folder for pattern in _FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    found.sort(key=lambda folder: [int(part) for part in folder.parts if part.isdecimal()])
    on_path = shutil.which("initdb")
    folders = [*reversed(found), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if _is_complete(folder)), None)


@contextlib.contextmanager
def server() -> Iterator[sa.URL]:
    """A throw-away server with one superuser who needs no password; the URL names its first database."""
    programs, user = binaries(), _server_user()
    assert programs, ADVICE
    # Short, as the path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: object) -> None:
        command = [programs / program, "-D", folder / "files", *map(str, arguments)]
        answer = subprocess.run(
            command, user=user, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
        )
        assert answer.returncode == 0, f"{program} failed: {answer.stdout}"

    try:
        run("initdb", "--username=handseg", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' {_QUICK}"
        run("pg_ctl", "start", "--wait", "--silent", "--log", folder / "log", "--options", options)
        try:
            socket = {"unix_sock": str(folder / ".s.PGSQL.5432")}
            yield sa.URL.create("postgresql+pg8000", "handseg", database="postgres", query=socket)
        finally:
            run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database(server_url: sa.URL) -> Iterator[str]:
    """The URL of a new, empty database on the server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server_url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _is_complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("initdb", "pg_ctl", "postgres"))


def _server_user() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def main() -> None:
    """Install a server unless there is one, or say how."""
    if binaries():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"], check=True)
    else:
        print(f"PostgreSQL is missing, and its tests will be skipped: {ADVICE}", file=sys.stderr)


if __name__ == "__main__":
    main()
