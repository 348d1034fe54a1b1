"""A private D-Bus session and playerctl."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from genredesk.outputs import SAMPLE, Playing, State

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="MPRIS is Linux's media control"
)


class FakePlayer:
    """A player that writes down which keys were pressed."""

    def __init__(self) -> None:
        self.now = Playing(
            "Playing",
            "Take Five",
            "file:///music/Take%20Five.flac",
            seconds=324.0,
            position=10.0,
            volume=0.5,
            can_seek=True,
            can_next=True,
        )
        self.pressed: list[str] = []

    def playing(self) -> Playing:
        return self.now

    def play(self) -> None:
        self.pressed.append("play")
        self.now = replace(self.now, status="Playing")

    def pause(self) -> None:
        self.pressed.append("pause")
        self.now = replace(self.now, status="Paused")

    def next(self) -> None:
        self.pressed.append("next")

    def previous(self) -> None:
        self.pressed.append("previous")

    def seek(self, seconds: float) -> None:
        self.now = replace(self.now, position=seconds)

    def set_volume(self, volume: float) -> None:
        self.now = replace(self.now, volume=volume)

    def show(self) -> None:
        self.pressed.append("show")

    def quit(self) -> None:
        self.pressed.append("quit")


@pytest.fixture
def session(program, monkeypatch) -> None:
    """A session bus of our own."""
    bus = program("dbus-daemon", "--session", "--nofork", "--print-address=1")
    assert bus.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())


def ctl(*arguments: str) -> str:
    if shutil.which("playerctl") is None:
        pytest.skip("playerctl is not installed (sh packaging/system-deps test)")
    done = subprocess.run(
        ["playerctl", "-p", "genredesk", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip() or done.stderr.strip()


@pytest.mark.usefixtures("session")
def test_media_keys_control_the_player_and_see_the_genre(opened, until) -> None:
    player = FakePlayer()
    output = opened("mpris:", player=player)
    output.publish(SAMPLE)
    until(lambda: ctl("metadata", "xesam:genre") == "Jazz")
    assert ctl("status") == "Playing"
    assert ctl("metadata", "title") == "Take Five"
    assert ctl("metadata", "mpris:length") == "324000000"
    assert ctl("metadata", "genredesk:strength") == "sure"
    ctl("play-pause")
    until(lambda: ctl("status") == "Paused")
    ctl("play")
    ctl("next")
    ctl("previous")  # there is none
    until(lambda: player.pressed == ["pause", "play", "next"])
    ctl("position", "60")
    until(lambda: player.now.position == 60.0)
    assert float(ctl("position")) == pytest.approx(60.0, abs=1e-3)
    ctl("volume", "0.25")
    until(lambda: player.now.volume == 0.25)
    output.close()
    assert ctl("status") == "No players found"


@pytest.mark.usefixtures("session")
def test_a_second_window_has_a_name_of_its_own(opened, until) -> None:
    first = opened("mpris:", player=FakePlayer())
    until(lambda: first.state.state is State.ON)
    second = opened("mpris:", player=FakePlayer())
    until(lambda: second.state.state is State.ON)
    assert ".instance" in second.state.text
    assert len(ctl("--list-all").split()) == 2


def test_no_session_is_a_sentence(opened, until, monkeypatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    output = opened("mpris:", player=FakePlayer())
    until(lambda: output.state.state is State.LOST)
    assert opened.said == "There is no D-Bus session here, so no media keys either."
