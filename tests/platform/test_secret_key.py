"""A machine's secret key is made once, for its owner's eyes."""

from pathlib import Path

from pa_portal.settings.keys import local_secret_key


def test_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"
    key = local_secret_key(path)
    assert len(key) >= 50
    assert local_secret_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]


def test_each_machine_has_its_own(tmp_path: Path) -> None:
    assert local_secret_key(tmp_path / "one") != local_secret_key(tmp_path / "two")


def test_a_place_that_cannot_be_written_still_gives_a_key(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    assert len(local_secret_key(tmp_path / "var" / "secret-key")) >= 50
