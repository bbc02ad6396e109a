"""Accounts keep no password, say what is wrong with a line, and know right from wrong."""

import os
import pty
import subprocess
import sys

import pytest

from studio.doors.accounts import Accounts, line_of
from studio.doors.guesses import Guesses, TooManyGuesses, place_of
from studio.doors.sessions import Sessions

SECRET = "correct horse battery"


@pytest.fixture(scope="module")
def accounts():
    return Accounts.of(f"ada:{SECRET}", "bob:colon:in:it!")


def test_only_the_right_password_fits(accounts):
    assert accounts.check("ada", SECRET)
    assert accounts.check("bob", "colon:in:it!")
    for user, password in [("ada", SECRET + " "), ("ada", ""), ("bob", SECRET), ("eve", SECRET)]:
        assert not accounts.check(user, password)


def test_no_password_can_be_read_from_what_is_kept(accounts):
    assert SECRET not in repr(accounts) + str(accounts.hashes) + str(accounts.hashes["ada"])
    assert accounts.hashes["ada"].salt != Accounts.of(f"ada:{SECRET}").hashes["ada"].salt


@pytest.mark.parametrize(
    "line", ["ada", "ada:", ":secret", " ada:secret", "a\x00b:secret", "x" * 300]
)
def test_a_line_that_is_no_account_is_named_without_its_password(line):
    with pytest.raises(ValueError, match="Account 1 ") as caught:
        Accounts.of(line)
    assert "secret" not in str(caught.value)


def test_names_are_unique_and_there_is_one():
    with pytest.raises(ValueError, match="two accounts"):
        Accounts.of("ada:one-password", "ada:two-passwords")
    with pytest.raises(ValueError, match="no account"):
        Accounts.of()


def test_a_file_holds_passwords_or_hashes_and_comments(tmp_path):
    file = tmp_path / "accounts"
    file.write_text(f"# who may come in\n\n{line_of('ada', SECRET)}\nbob:another-secret\n")
    file.chmod(0o600)
    accounts = Accounts.from_file(file)
    assert accounts.check("ada", SECRET)
    assert accounts.check("bob", "another-secret")
    assert not accounts.warnings
    if os.name != "nt":
        file.chmod(0o644)
        (warning,) = Accounts.from_file(file).warnings
        assert "chmod 600" in warning


def test_the_command_writes_nothing_but_the_line_into_a_file(tmp_path):
    terminal, inside = pty.openpty()
    file = tmp_path / "accounts"
    with file.open("wb") as out:
        asking = subprocess.Popen(
            [sys.executable, "-m", "studio.doors", "ada"],
            stdin=inside,
            stdout=out,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        asked = b""
        # The blank comes once the terminal listens: what was typed before is thrown away.
        for question in (b"Password: ", b"Repeat for confirmation: "):
            while question not in asked:
                asked += os.read(terminal, 1024)
            os.write(terminal, f"{SECRET}\n".encode())
        assert asking.wait(60) == 0
    os.close(terminal)
    assert SECRET.encode() not in asked
    assert file.read_text().count("\n") == 1
    assert Accounts.from_file(file).check("ada", SECRET)


def test_what_is_wrong_with_a_file_is_said(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        Accounts.from_file(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="UTF-8"):
        Accounts.from_file(tmp_path / "binary")
    (tmp_path / "torn").write_text(line_of("ada", SECRET)[:-20])
    with pytest.raises(ValueError, match="not whole"):
        Accounts.from_file(tmp_path / "torn")


def test_guesses_run_out_for_one_address_and_for_all():
    guesses = Guesses(most=3, every_s=1000, most_in_all=5, every_in_all_s=1000)
    for _ in range(3):
        guesses.take("one")
    with pytest.raises(TooManyGuesses) as caught:
        guesses.take("one")
    assert 900 < caught.value.wait_s <= 1000
    guesses.take("two")
    guesses.give_back("two")  # It was right.
    guesses.take("two")
    guesses.take("three")
    with pytest.raises(TooManyGuesses):
        guesses.take("four")


def test_a_household_of_ipv6_is_one_address():
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:2")
    assert place_of("2001:db8:0:1::1") != place_of("2001:db8::1")
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1")


def test_sessions_end_make_room_and_grow_old():
    sessions = Sessions(most=2)
    one, two = sessions.begin("ada"), sessions.begin("ada")
    kept = sessions.find(two)
    sessions.find(one)
    three = sessions.begin("bob")
    assert sessions.find(two) is None
    assert kept.ended.is_set()
    assert sessions.find(three).user == "bob"
    sessions.end(three)
    assert sessions.find(three) is None
    assert sessions.find("") is None
    sessions.idle_s = 0
    assert sessions.find(one) is None
    assert len(sessions) == 0
