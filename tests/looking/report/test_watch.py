"""The server: the same page from the journal alone, current, to this machine and for reading."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.__main__ import main
from sktune.looking.report import WatchServer, is_loopback
from sktune.looking.report.watching import Pages


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journals") / "a search.jsonl"
    tree = DecisionTreeClassifier(random_state=0)
    search = GridSearch(tree, {"max_depth": [1, 2, 3]}, cv=2, checkpoint=path)
    search.fit(*load_iris(return_X_y=True))
    return path


@contextmanager
def served(path: Path, **options: Any) -> Iterator[WatchServer]:
    with WatchServer(path, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def asked(
    server: WatchServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_the_page_and_its_data_are_served(journal: Path) -> None:
    with served(journal) as server:
        status, headers, body = asked(server, "/")
        assert status == 200
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert b'data-source="data.json"' in body
        assert b"connect-src 'self'" in body
        status, headers, body = asked(server, "/data.json")
        assert status == 200
        data = json.loads(body)
        assert data["trials"]["numbers"] == [0, 1, 2]
        assert data["state"] == "completed"
        status, _, body = asked(server, "/data.json", If_None_Match=headers["ETag"])
        assert (status, body) == (304, b"")
        status, head, body = asked(server, "/data.json", "HEAD")
        assert (status, body) == (200, b"")
        assert int(head["Content-Length"]) > 0


def test_it_only_reads(journal: Path) -> None:
    before = journal.read_bytes()
    with served(journal) as server:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, headers, _ = asked(server, "/", method)
            assert status == 405
            assert headers["Allow"] == "GET, HEAD"
    assert journal.read_bytes() == before
    assert {path.name for path in journal.parent.iterdir()} == {journal.name}


@pytest.mark.parametrize(
    "path",
    [
        "/../x.jsonl", "/%2e%2e/x.jsonl", "/..%2fx.jsonl", "//etc/passwd", "/etc/passwd", "/none",
        "/a%20search.jsonl", "/../../../etc/passwd", "/link.jsonl/", "/%00", "/a%20search.jsonl/x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("of", ["file", "directory"])
def test_nothing_else_is_served(journal: Path, of: str, path: str, tmp_path: Path) -> None:
    folder = tmp_path / "journals"
    folder.mkdir()
    (tmp_path / "x.jsonl").write_bytes(journal.read_bytes())
    (folder / journal.name).write_bytes(journal.read_bytes())
    (folder / "link.jsonl").symlink_to(tmp_path / "x.jsonl")
    with served(folder if of == "directory" else folder / journal.name) as server:
        assert asked(server, path)[0] in (400, 404)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200), ("localhost", 200), ("LOCALHOST.:80", 200), ("[::1]:80", 200),
        ("evil.example", 403), ("evil.example:80", 403), ("localhost.evil.example", 403),
        ("10.0.0.1", 403), ("", 403), ("[", 400),
    ],
)  # fmt: skip
def test_other_names_are_refused(journal: Path, host: str, status: int) -> None:
    with served(journal) as server:
        assert asked(server, "/data.json", Host=host)[0] == status


def test_where_others_may_ask_they_do_so_by_an_address(journal: Path) -> None:
    with served(journal, host="0.0.0.0") as server:
        assert asked(server, "/data.json", Host="10.0.0.1:80")[0] == 200
        assert asked(server, "/data.json", Host="evil.example")[0] == 403
    assert not is_loopback("0.0.0.0")


def test_a_journal_that_is_not_there_yet_half_written_or_damaged(
    journal: Path, tmp_path: Path
) -> None:
    path, whole = tmp_path / "search.jsonl", journal.read_bytes()
    with served(path) as server:

        def state() -> tuple[Any, int]:
            data = json.loads(asked(server, "/data.json")[2])
            return data["state"], data["n_done"]

        assert state() == ("waiting", 0)
        assert asked(server, "/")[0] == 200
        seen = []
        for end in (0, 10, len(whole) // 2, len(whole) - 40, len(whole)):
            path.write_bytes(whole[:end])
            for watched in server.pages._watched.values():  # as if time had passed
                watched._made.clear()
            seen.append(state())
        assert [s for s, _ in seen] == ["waiting", "waiting", "open", "open", "completed"]
        assert [n for _, n in seen][:2] == [0, 0]
        assert seen[-1] == ("completed", 3)
        path.write_text("no journal")
        server.pages._watched[path]._made.clear()
        assert state() == ("waiting", 0)
        assert "no journal" in json.loads(asked(server, "/data.json")[2])["ended"]


def test_what_has_not_changed_is_not_worked_out_again(journal: Path) -> None:
    pages = Pages(journal)
    first, second = (pages.answer(["data.json"]) for _ in range(2))
    [watched] = pages._watched.values()
    assert watched.data()[0] is watched.data()[0]
    assert first == second


def test_a_directory_has_a_page_with_its_journals(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "a search.jsonl").write_bytes(journal.read_bytes())
    (tmp_path / "<b>.jsonl").write_text("")
    lines = journal.read_bytes().splitlines(keepends=True)
    (tmp_path / "killed.jsonl").write_bytes(b"".join(lines[:4]))
    (tmp_path / "notes.txt").write_text("")
    with served(tmp_path) as server:
        status, _, body = asked(server, "/")
        assert status == 200
        text = body.decode()
        assert '<a href="a%20search.jsonl/">a search.jsonl</a>' in text
        assert "&lt;b&gt;.jsonl" in text
        assert "<b>" not in text
        assert "notes" not in text
        assert "<td>1 of 3</td>" in text
        assert "killed or still running" in text
        assert json.loads(asked(server, "/a%20search.jsonl/data.json")[2])["n_done"] == 3
        assert asked(server, "/%3Cb%3E.jsonl/")[0] == 200


def test_the_command_prints_its_address_and_ends_with_ctrl_c(journal: Path) -> None:
    command = [sys.executable, "-m", "sktune", "watch", str(journal)]  # the package is a command
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors == ""


def test_a_port_that_is_taken_is_told(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with WatchServer(journal) as server:
        assert main(["watch", str(journal), "--port", str(server.server_port)]) == 1
    assert os.strerror(98) in capsys.readouterr().err or sys.platform != "linux"


def test_other_hosts_come_with_a_warning(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: WatchServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WatchServer, "serve_forever", interrupted)
    assert main(["watch", str(journal)]) == 0
    assert capsys.readouterr().err == ""
    assert main(["watch", str(journal), "--host", "0.0.0.0"]) == 0
    assert "Warning" in capsys.readouterr().err


def test_no_page_asks_for_a_picture_that_is_not_there(journal: Path) -> None:
    for path in (journal, journal.parent):
        with served(path) as server:
            assert b'<link rel="icon" href="data:,">' in asked(server, "/")[2]
