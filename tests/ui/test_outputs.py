"""Other programs are told what the window hears, and steer its player."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtCore import Qt

from genredesk.core import settings as store
from genredesk.outputs import State
from genredesk.outputs.peers import mpris


def page(desk):
    desk.window.show_outputs()
    return desk.window.outputs


@pytest.mark.usefixtures("bundle")
def test_the_genre_goes_to_a_text_file(start, songs, qtbot, tmp_path, heard) -> None:
    file, other = tmp_path / "genre.txt", tmp_path / "other.txt"
    desk = start(files=[songs["high"]])
    heard(desk, "High")
    assert not list(tmp_path.glob("*.txt")), "nobody asked for it"
    card = page(desk).cards["text"]
    card.write_to(file)
    qtbot.waitUntil(lambda: file.is_file() and file.read_text() == "High", timeout=10_000)
    qtbot.waitUntil(lambda: card.state.text() == f"Writes the genre to {file}", timeout=10_000)
    card.write_to(other)
    qtbot.waitUntil(lambda: other.is_file() and other.read_text() == "High", timeout=10_000)
    assert file.read_text() == "", "the old one was let go of first"
    desk.listening.transport.play_pause()
    qtbot.waitUntil(lambda: other.read_text() == "", timeout=10_000)
    desk.listening.transport.play_pause()
    qtbot.waitUntil(lambda: other.read_text() == "High", timeout=10_000)
    desk.window.close()
    assert desk.close()
    assert other.read_text() == "", "nothing is heard any more"
    saved, _ = store.load()
    assert saved.outputs == (f"text:{other}",)
    later = start(outputs=saved.outputs)
    card = page(later).cards["text"]
    assert card.on
    qtbot.mouseClick(card.switch, Qt.MouseButton.LeftButton, pos=card.switch.rect().center())
    assert later.memory.settings.outputs == ()
    assert later.memory.settings.outputs_off == (f"text:{other}",)
    assert card.state.text() == "Off"


def test_a_lost_output_is_said_once_and_when_it_is_back(start, qtbot, tmp_path, bundle) -> None:
    blocker = tmp_path / "blocker"
    blocker.write_text("")
    desk, said, taken = start(), [], []
    desk.listening.notice.connect(said.append)
    desk.listening.dismissed.connect(taken.append)
    address = f"text:{blocker / 'genre.txt'}"
    desk.memory.update(outputs=(address,))
    states = desk.window.publishing.states
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert said[0].text == states[address].text
    assert "The genre cannot be written" in said[0].text
    blocker.unlink()
    qtbot.waitUntil(lambda: said[0].key in taken, timeout=20_000)
    assert states[address].state is State.ON
    assert len(said) == 1


def test_every_field_is_remembered_and_a_test_is_received(start, qtbot, bundle) -> None:
    desk = start()
    osc = page(desk).cards["osc"]
    assert not any(card.on for card in desk.window.outputs.cards.values()), "off by default"
    assert not osc.controls["port"].isVisible()
    assert not osc.test.isEnabled()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lights:
        lights.bind(("127.0.0.1", 0))
        lights.settimeout(20)
        osc.controls["port"].setText(str(lights.getsockname()[1]))
        osc.controls["prefix"].setText("stage")
        osc.switch.click()
        address = f"osc://127.0.0.1:{lights.getsockname()[1]}/stage"
        assert desk.memory.settings.outputs == (address,)
        publishing = desk.window.publishing
        qtbot.waitUntil(
            lambda: address in publishing.states and publishing.states[address].state is State.ON,
            timeout=20_000,
        )
        assert osc.controls["port"].isVisible()
        osc.test.click()
        while not lights.recv(2000).startswith(b"/stage/is/jazz"):
            pass
    assert osc.state.text() == f"Test sent: Jazz, 82\u202f%. Sends OSC to {address[6:-6]}."
    mqtt = desk.window.outputs.cards["mqtt"]
    for name, text in (("user", "me"), ("password", "p@ss/word"), ("discovery", "")):
        mqtt.controls[name].setText(text)
    mqtt.controls["tls"].click()
    assert desk.memory.settings.outputs_off == (
        "mqtt://me:p%40ss%2Fword@127.0.0.1:1883?tls=1&discovery=",
    )


@pytest.mark.usefixtures("bundle")
def test_media_keys_steer_the_player(start, songs, qtbot, heard, monkeypatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    desk = start(files=[songs["high"], songs["low"]], outputs=("mpris:",))
    heard(desk, "High")
    keys, listening = desk.window.publishing.keys, desk.listening
    now = keys.playing()
    assert (now.status, now.title) == ("Playing", "high.wav")
    assert now.address == songs["high"].as_uri()
    assert now.seconds == pytest.approx(8, abs=0.1)
    assert now.can_next
    keys.pause()
    qtbot.waitUntil(lambda: keys.playing().status == "Paused", timeout=10_000)
    keys.seek(5.0)
    qtbot.waitUntil(lambda: keys.playing().position >= 4.9, timeout=10_000)
    keys.play()
    qtbot.waitUntil(lambda: keys.playing().status == "Playing", timeout=10_000)
    keys.next()
    qtbot.waitUntil(lambda: keys.playing().title == "low.wav", timeout=10_000)
    assert not keys.playing().can_next
    keys.set_volume(0.25)
    qtbot.waitUntil(lambda: keys.playing().volume == 0.25, timeout=10_000)
    assert listening.memory.settings.volume == 0.25
    with qtbot.waitSignal(desk.window.closing, timeout=10_000):
        keys.quit()
    assert mpris.PEER.name == "mpris"
