import stat
import threading

from heli.kernel.home import keep_secret


def test_many_who_come_first_at_once_get_one_secret(tmp_path):
    path = tmp_path / "key"
    start = threading.Barrier(16)
    got: list[bytes] = []

    def come(number: int) -> None:
        start.wait()
        got.append(keep_secret(path, bytes([number]) * 32))

    threads = [threading.Thread(target=come, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 16
    assert set(got) == {path.read_bytes()}
    assert [item.name for item in tmp_path.iterdir()] == ["key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
