"""What every storage promises, and that the folder survives damage and hostile keys."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from app.adapters.storage import FolderStorage, MemoryStorage, Storage
from app.errors import AppError

CONTENT = "职称证书".encode()
KEY = sha256(CONTENT).hexdigest()


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return FolderStorage(tmp_path / "files") if request.param == "folder" else MemoryStorage()


def test_content_is_found_under_its_checksum(storage: Storage) -> None:
    assert storage.put(CONTENT) == KEY
    assert storage.get(KEY) == CONTENT
    assert storage.exists(KEY)


def test_storing_twice_is_harmless(storage: Storage) -> None:
    storage.put(CONTENT)

    assert storage.put(CONTENT) == KEY
    assert storage.get(KEY) == CONTENT


def test_empty_content_can_be_stored(storage: Storage) -> None:
    assert storage.get(storage.put(b"")) == b""


def test_missing_content_is_not_found(storage: Storage) -> None:
    assert not storage.exists(KEY)
    with pytest.raises(AppError) as error:
        storage.get(KEY)

    assert error.value.code == "storage.not_found"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", KEY.upper(), KEY + "0", KEY + "\n"])
def test_key_that_is_no_checksum_is_refused(storage: Storage, key: str) -> None:
    with pytest.raises(AppError) as read:
        storage.get(key)
    with pytest.raises(AppError) as asked:
        storage.exists(key)

    assert read.value.code == asked.value.code == "storage.bad_key"


def test_damaged_file_is_noticed_and_mended_by_storing_again(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put(CONTENT)
    (tmp_path / KEY[:2] / KEY).write_bytes(b"x")

    with pytest.raises(AppError) as error:
        storage.get(KEY)
    storage.put(CONTENT)

    assert error.value.code == "storage.damaged"
    assert storage.get(KEY) == CONTENT


def test_interrupted_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(descriptor: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", power_cut)

    with pytest.raises(OSError, match="power cut"):
        FolderStorage(tmp_path).put(CONTENT)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_two_storages_share_one_folder(tmp_path: Path) -> None:
    FolderStorage(tmp_path).put(CONTENT)

    assert FolderStorage(tmp_path).get(KEY) == CONTENT
