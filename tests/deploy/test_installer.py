"""deploy/install.sh, as far as it goes without a machine of its own; tests/deploy/debian.sh does all of it by hand."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.servers import ROOT
from tests.patience import PATIENCE_S

INSTALLER = ROOT / "deploy" / "install.sh"


def install(*options: str) -> subprocess.CompletedProcess[str]:
    command = [INSTALLER, *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)


def call(code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs functions of the installer that keep their records in a directory; nobody is there to be asked."""
    places = f"config={shlex.quote(str(directory))} here={shlex.quote(str(ROOT / 'deploy'))}"
    script = f"source {shlex.quote(str(INSTALLER))}; {places}; {code}"
    return subprocess.run(
        ["bash", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S
    )


def test_help_names_every_option_and_does_nothing() -> None:
    shown = install("--help")
    taken = re.findall(r"^            (--[\w-]+)\)", INSTALLER.read_text(), re.MULTILINE)
    assert shown.returncode == 0
    assert taken and [option for option in taken if option not in shown.stdout] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--frobnicate"], "there is no option --frobnicate"),
        (["--host"], "lacks its value"),
        (["--key", "key.pem"], "--key belongs to --certificate"),
    ],
)
def test_wrong_option_is_told_before_anything_is_done(options: list[str], sentence: str) -> None:
    ended = install(*options)
    assert ended.returncode == 1
    assert sentence in ended.stderr


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("host=https://fleet.example email=a@b", "is no host name"),
        ("host=-fleet email=a@b", "is no host name"),
        ("host=fleet.example email=me", "is no e-mail address"),
        ("host='' email=a@b", "nobody can be asked for the Host name"),
        ("host=fleet.example email=a@b own_certificate=/nothing.pem", "there is no file /nothing.pem"),
    ],
)
def test_wrong_answer_is_told_with_a_sentence(tmp_path: Path, answers: str, sentence: str) -> None:
    ended = call(f"{answers}; decide", tmp_path)
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_answers_are_remembered(tmp_path: Path) -> None:
    (tmp_path / "installer").write_text("host=fleet.example\nemail=me@fleet.example\n")
    assert call('decide && echo "$host $email"', tmp_path).stdout == "fleet.example me@fleet.example\n"


def put(directory: Path, shipped: str, options: str = "") -> str:
    """Puts a file of that text where `target` is; what is said."""
    (directory / "shipped").write_text(shipped)
    ended = call(f"{options} put_file {directory}/shipped {directory}/target 644", directory)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_file_is_put_and_replaced_while_nobody_edits_it(tmp_path: Path) -> None:
    for text in ("one", "two", "two"):
        assert put(tmp_path, text) == ""
        assert (tmp_path / "target").read_text() == text


def test_edited_file_is_kept_with_its_successor_beside(tmp_path: Path) -> None:
    put(tmp_path, "one")
    (tmp_path / "target").write_text("mine")
    assert "was edited" in put(tmp_path, "two")
    assert ((tmp_path / "target").read_text(), (tmp_path / "target.new").read_text()) == ("mine", "two")


def test_file_of_somebody_else_is_taken_for_edited(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("theirs")
    put(tmp_path, "one")
    assert (tmp_path / "target").read_text() == "theirs"


def test_edited_file_is_replaced_when_that_is_said(tmp_path: Path) -> None:
    put(tmp_path, "one")
    (tmp_path / "target").write_text("mine")
    put(tmp_path, "two", "replaces=1;")
    assert ((tmp_path / "target").read_text(), (tmp_path / "target.before").read_text()) == ("two", "mine")


def test_settings_are_made_once_and_completed(tmp_path: Path) -> None:
    # The group of the service is the machine's.
    write = "chown() { :; }; host=fleet.example; write_settings"
    assert call(write, tmp_path).returncode == 0
    settings = (tmp_path / "environment").read_text()
    assert "PUBLIC_URL=https://fleet.example\n" in settings
    assert re.search(r"^SECRET_KEY=\w{64}$", settings, re.MULTILINE)
    edited = re.sub(r"SECRET_KEY=.*\n", "", settings) + "EMAIL_HOST=mail.example\nREDIS_URL=unix:///elsewhere\n"
    (tmp_path / "environment").write_text(edited)
    assert "added SECRET_KEY" in call(write, tmp_path).stdout
    completed = (tmp_path / "environment").read_text()
    assert completed.startswith(edited)
    assert re.search(r"^SECRET_KEY=\w{64}$", completed, re.MULTILINE)
    assert call(write, tmp_path).stdout == ""


def test_settings_are_nobody_elses_to_read(tmp_path: Path) -> None:
    call("chown() { :; }; host=fleet.example; write_settings", tmp_path)
    assert (tmp_path / "environment").stat().st_mode & 0o007 == 0


def test_port_in_use_is_seen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert call(f"listens_at {port}", tmp_path).returncode == 0
    assert call(f"listens_at {port}", tmp_path).returncode == 1


def test_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    make = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=fleet.example -keyout {0}.key -out {0}.pem"
    for name in ("one", "other"):
        subprocess.run(make.format(name).split(), cwd=tmp_path, check=True, capture_output=True)
    places = f"certificate={tmp_path}/linked.pem key={tmp_path}/private/linked.key"
    of_one = f"{places} own_certificate={tmp_path}/one.pem"
    refused = call(f"{of_one} own_key={tmp_path}/other.key; prepare_certificate", tmp_path)
    assert "is not the key of" in refused.stderr
    assert not os.path.lexists(tmp_path / "linked.pem")
    assert call(f"{of_one} own_key={tmp_path}/one.key; prepare_certificate", tmp_path).returncode == 0
    assert (tmp_path / "linked.pem").resolve().name == "one.pem"


def test_certificate_that_is_there_stays(tmp_path: Path) -> None:
    places = f"certificate={tmp_path}/linked.pem key={tmp_path}/private/linked.key host=fleet.example"
    call(f"{places}; prepare_certificate", tmp_path)
    made = (tmp_path / "linked.pem").read_text()
    call(f"{places}; prepare_certificate", tmp_path)
    assert made.startswith("-----BEGIN CERTIFICATE") and (tmp_path / "linked.pem").read_text() == made


@pytest.mark.parametrize(
    ("certbot", "said", "linked"),
    [
        ("return 1", "certbot got no certificate: does fleet.example lead to this machine", "self-signed.pem"),
        ("return 0", "", "fullchain.pem"),
    ],
)
def test_site_begins_with_its_own_certificate_until_certbot_has_one(
    tmp_path: Path, certbot: str, said: str, linked: str
) -> None:
    places = (
        f"certificate={tmp_path}/linked.pem key={tmp_path}/private/linked.key host=fleet.example email=me@fleet.example"
    )
    programs = f"certbot() {{ {certbot}; }}; nginx() {{ :; }}"
    ended = call(f"{places}; {programs}; prepare_certificate; obtain_certificate", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert said in ended.stdout
    assert Path(os.readlink(tmp_path / "linked.pem")).name == linked


@pytest.mark.parametrize(("version", "line"), [("1.22.1", "listen 443 ssl http2;"), ("1.26.3", "http2 on;")])
def test_proxy_is_told_of_http2_in_the_words_of_its_version(tmp_path: Path, version: str, line: str) -> None:
    places = f"site={tmp_path}/site.conf challenges={tmp_path} host=fleet.example"
    programs = f"nginx() {{ echo nginx version: nginx/{version} >&2; }}; start_service() {{ :; }}; service() {{ :; }}"
    ended = call(f"{places}; {programs}; has_systemd() {{ false; }}; start_proxy", tmp_path)
    assert ended.returncode == 0, ended.stderr
    site = (tmp_path / "site.conf").read_text()
    assert line in site and "server_name fleet.example;" in site
    assert ("http2 on;" in site) != ("ssl http2;" in site)
