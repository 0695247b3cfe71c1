"""Files appear whole or not at all, links are followed, pipes and devices written as they are."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from raymenu import InputError
from raymenu.instances.files import (
    check_folder,
    check_writable,
    folder_together,
    write_bytes,
    write_files,
    write_json,
    write_text,
)

WRITE = "from raymenu.instances.files import write_text; import sys; print('before'); write_text(sys.argv[1], 'text')"
FULL = Path("/dev/full")


def only(folder, *names):
    assert sorted(file.name for file in folder.iterdir()) == sorted(names)


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    write_json(link, {"name": "Köln"})
    assert link.is_symlink() and "Köln" in target.read_text(encoding="utf-8")
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "made")
    write_text(dangling, "new")
    assert dangling.is_symlink() and (tmp_path / "made").read_text() == "new"
    only(tmp_path, "target.json", "link.json", "dangling", "made")


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for call in (check_writable, lambda path: write_text(path, "text")):
        with pytest.raises(InputError, match="circle"):
            call(tmp_path / "a")


def test_a_pipe_stays_a_pipe(tmp_path):
    pipe, heard = tmp_path / "pipe", []
    os.mkfifo(pipe)
    check_writable(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through")
    reader.join(10)
    assert heard == ["through"] and stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_a_full_device_is_told_and_stays_a_device():
    with pytest.raises(InputError, match="/dev/full: cannot be written: the disk is full") as caught:
        write_text(FULL, "text")
    assert "\n" not in str(caught.value) and stat.S_ISCHR(FULL.stat().st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output(capfd, name):
    print("before")
    check_writable(name)
    write_text(name, "text")
    assert capfd.readouterr().out == "before\ntext"


def test_a_file_behind_standard_output_goes_on_where_it_was(tmp_path):
    behind = tmp_path / "behind.txt"
    with behind.open("w") as file:
        subprocess.run([sys.executable, "-c", WRITE, "/dev/stdout"], stdout=file, check=True)
    assert behind.read_text() == "before\ntext"
    only(tmp_path, "behind.txt")


def test_permissions(tmp_path):
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "new", "text")
        with folder_together(tmp_path / "out") as made:
            (made / "a").write_text("text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    (tmp_path / "new").chmod(0o640)
    write_text(tmp_path / "new", "again")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


REFUSED = {
    "folder": (lambda place: place, "is a folder"),
    "missing parent": (lambda place: place / "no" / "file", "does not exist"),
    "file as folder": (lambda place: place / "file" / "deeper", "not a folder"),
    "long": (lambda place: place / ("n" * 300), "too long"),
    "proc": (lambda place: Path("/proc/raymenu.json"), "keeps no files there"),
    "NUL": (lambda place: f"{place}/a\0b", "NUL"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_places_that_cannot_be_written(tmp_path, case):
    place, mend = REFUSED[case]
    (tmp_path / "file").write_text("here before")
    for call in (check_writable, lambda path: write_text(path, "text")):
        with pytest.raises(InputError, match=mend) as caught:
            call(place(tmp_path))
        assert "\n" not in str(caught.value) and "\0" not in str(caught.value)
    only(tmp_path, "file")
    assert (tmp_path / "file").read_text() == "here before"


def test_folders_that_cannot_be_written(tmp_path):
    file = tmp_path / "file"
    file.write_text("here before")
    for place, mend in ((file, "not a folder"), (file / "deeper", "not a folder"), ("/proc/out", "cannot be written")):
        with pytest.raises(InputError, match=mend):
            check_folder(place)
        with pytest.raises(InputError, match=mend), folder_together(place):
            pass
    only(tmp_path, "file")
    check_folder(tmp_path / "many" / "levels")
    only(tmp_path, "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="a superuser may write everywhere")
def test_read_only(tmp_path):
    (tmp_path / "mine").write_text("here before")
    (tmp_path / "mine").chmod(0o444)
    for call in (check_writable, lambda path: write_text(path, "text")):
        with pytest.raises(InputError, match="not yours"):
            call(tmp_path / "mine")


def test_several_files_or_none(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(InputError, match="does not exist"):
        write_files({tmp_path / "a": "new", tmp_path / "b": "new", tmp_path / "no" / "c": "new"})
    assert (tmp_path / "a").read_text() == "old"
    only(tmp_path, "a")
    write_files({tmp_path / "a": "new", tmp_path / "b": b"new"})
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text() == "new"
    only(tmp_path, "a", "b")


def test_a_rename_that_fails_puts_back_what_was_there(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    true_replace = Path.replace

    def replace(self, target):
        if target.name == "b" and target.exists() and self.read_bytes() == b"new":
            raise OSError(28, "No space left on device")
        return true_replace(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InputError, match="full"):
        write_files({tmp_path / "a": "new", tmp_path / "b": "new"})
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text() == "old"
    only(tmp_path, "a", "b")
    with pytest.raises(InputError, match="full"):
        write_text(tmp_path / "b", "new")
    assert (tmp_path / "b").read_text() == "old"
    only(tmp_path, "a", "b")


def test_a_folder_or_nothing(tmp_path):
    out = tmp_path / "deep" / "out"
    with pytest.raises(KeyboardInterrupt), folder_together(out) as made:
        (made / "half").write_text("half")
        raise KeyboardInterrupt
    assert not out.exists()
    only(tmp_path / "deep")
    with folder_together(out) as made:
        (made / "sheets").mkdir()
        (made / "sheets" / "1").write_text("one")
        (made / "design").write_text("first")
    (out / "theirs").write_text("kept")
    with pytest.raises(RuntimeError), folder_together(out) as made:
        (made / "design").write_text("second")
        raise RuntimeError
    assert (out / "design").read_text() == "first"
    with folder_together(out) as made:
        (made / "design").write_text("second")
    assert (out / "design").read_text() == "second"
    only(out, "design", "sheets", "theirs")


def test_what_is_no_fault_of_the_place_is_not_called_one(tmp_path):
    with pytest.raises(ValueError, match="mine"), folder_together(tmp_path / "out"):
        raise ValueError("mine")
    write_bytes(tmp_path / "a", b"\xff")
    assert (tmp_path / "a").read_bytes() == b"\xff"
