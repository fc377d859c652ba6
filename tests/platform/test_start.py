"""The start's own waiting and the plain sentences of ``manage.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from itsm.environment import Environment, SettingError
from itsm.server.__main__ import wait_for_answer
from itsm.server.children import Child
from itsm.server.errors import StartRefused
from itsm.server.programs import WEB
from itsm.server.site import Site
from itsm.server.valkey import free_port

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2]))
        self.send_header("Location", "https://127.0.0.1:1/")
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.mark.parametrize("status", [200, 301, 400])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_web_process_answers_behind_other_host_names_https_and_a_proxy(
    tmp_path, monkeypatch, status, host
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    port = free_port()
    command = [sys.executable, "-c", ANSWERS, str(port), str(status)]
    web = Child("web", command, tmp_path / "web.log", os.environ)
    web.start()
    try:
        wait_for_answer(web, host, port)
    finally:
        web.finish(0)


def test_a_web_process_that_ends_is_refused_with_its_last_words(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('SettingError: SITE_URL is wrong')"]
    web = Child("web", command, tmp_path / "web.log", os.environ)
    web.start()

    with pytest.raises(StartRefused, match=r"^The web process stopped: SettingError: SITE_URL"):
        wait_for_answer(web, "127.0.0.1", free_port())


def test_no_option_of_the_web_server_stands_twice():
    options = [word for word in WEB if word.startswith("--")]

    assert sorted(set(options)) == sorted(options)


def test_a_missing_setting_is_one_sentence_on_the_command_line():
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgres://x@127.0.0.1:1/x"}

    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr == (
        "SECRET_KEY is not set (Long random text that signs sessions and encrypts secrets)."
        " Start with `make run`, or set SECRET_KEY.\n"
    )


def test_a_secret_s_file_that_is_not_there_is_named(tmp_path):
    missing = tmp_path / "nothing"

    with pytest.raises(SettingError) as refused:
        Environment({"SECRET_KEY_FILE": str(missing)}).text("SECRET_KEY")

    assert str(refused.value) == (
        f"SECRET_KEY_FILE names {missing}, which cannot be read (No such file or directory)."
        " Name another file."
    )


def test_a_command_of_the_start_that_refuses_gives_its_sentence_alone(tmp_path):
    site = Site(tmp_path, {**os.environ, "SECRET_KEY": "x" * 50})

    with pytest.raises(StartRefused) as refused:
        site.prepare_by(["backup", str(tmp_path / "missing" / "file.tar")])

    assert str(refused.value) == (
        f"The folder {tmp_path / 'missing'} does not exist. Make it first."
    )


def test_a_command_of_the_start_that_breaks_names_its_log(tmp_path):
    site = Site(tmp_path, {**os.environ, "SECRET_KEY": "x" * 50, "DEBUG": "perhaps"})

    with pytest.raises(StartRefused) as refused:
        site.prepare_by(["setup_database"])

    assert str(refused.value) == (
        "setup_database stopped: DEBUG is 'perhaps'. Write true or false. See"
        f" {tmp_path / 'log/setup.log'}."
    )
