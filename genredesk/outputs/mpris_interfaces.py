"""The two D-Bus interfaces of MPRIS 2.2, as freedesktop.org describes them.

Only imported where they are exported: this file needs dbus-fast, which reads its annotations.
"""

import hashlib
from typing import Annotated

from dbus_fast import PropertyAccess, Variant
from dbus_fast.annotations import (
    DBusBool,
    DBusDict,
    DBusDouble,
    DBusInt64,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from genredesk.outputs.answer import NOTHING, LiveAnswer
from genredesk.outputs.player import PlayerControls, Playing

Strings = Annotated[list[str], DBusSignature("as")]

_JUMP_S = 1.0
"""A position that is off by more was jumped to."""


class RootInterface(ServiceInterface):
    """``org.mpris.MediaPlayer2``: who we are."""

    def __init__(self, player: PlayerControls | None) -> None:
        super().__init__("org.mpris.MediaPlayer2")
        self._player = player

    @dbus_method()
    def Raise(self) -> None:
        """Bring the window to the front."""
        if self._player:
            self._player.show()

    @dbus_method()
    def Quit(self) -> None:
        """End the program."""
        if self._player:
            self._player.quit()

    @dbus_property(access=PropertyAccess.READ)
    def CanQuit(self) -> DBusBool:
        """Whether it can be ended from outside."""
        return self._player is not None

    @dbus_property(access=PropertyAccess.READ)
    def CanRaise(self) -> DBusBool:
        """Whether there is a window."""
        return self._player is not None

    @dbus_property(access=PropertyAccess.READ)
    def HasTrackList(self) -> DBusBool:
        """No interface for lists."""
        return False

    @dbus_property(access=PropertyAccess.READ)
    def Identity(self) -> DBusStr:
        """Our name."""
        return "GenreDesk"

    @dbus_property(access=PropertyAccess.READ)
    def DesktopEntry(self) -> DBusStr:
        """Name of our desktop file."""
        return "genredesk"

    @dbus_property(access=PropertyAccess.READ)
    def SupportedUriSchemes(self) -> Strings:
        """Opening from outside is not offered."""
        return []

    @dbus_property(access=PropertyAccess.READ)
    def SupportedMimeTypes(self) -> Strings:
        """Opening from outside is not offered."""
        return []


class PlayerInterface(ServiceInterface):
    """``org.mpris.MediaPlayer2.Player``: what plays, and the keys."""

    def __init__(self, player: PlayerControls | None) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self._player = player
        self._now = Playing()
        self._answer = NOTHING

    def show(self, now: Playing, elapsed_s: float) -> None:
        """Take over what the player does; tell the bus what is different.

        Parameters
        ----------
        elapsed_s
            Time since it was last shown, by which a playing file went on.
        """
        before, told = self._now, self._told()
        went_on = elapsed_s if before.status == "Playing" else 0.0
        jumped = abs(now.position - before.position - went_on) > _JUMP_S
        self._now = now
        self._tell_changes(told)
        if jumped and now.address == before.address:
            self.Seeked()

    def tell(self, answer: LiveAnswer) -> None:
        """Take over what is heard."""
        told = self._told()
        self._answer = answer
        self._tell_changes(told)

    def _tell_changes(self, told: dict[str, object]) -> None:
        changed = {name: value for name, value in self._told().items() if value != told[name]}
        if changed:
            self.emit_properties_changed(changed)

    def _told(self) -> dict[str, object]:
        """Return the properties whose changes are told; the position is asked for."""
        now = self._now
        return {
            "PlaybackStatus": now.status,
            "Metadata": self._metadata(),
            "Volume": now.volume,
            "CanGoNext": now.can_next,
            "CanGoPrevious": now.can_previous,
            "CanPlay": now.status != "Stopped",
            "CanPause": now.status != "Stopped",
            "CanSeek": now.can_seek,
        }

    def _metadata(self) -> dict[str, Variant]:
        now, answer = self._now, self._answer
        track = hashlib.sha256((now.address or now.title).encode("utf-8", "replace")).hexdigest()
        data = {
            "mpris:trackid": Variant("o", f"/org/genredesk/track/{track[:16]}"),
            "xesam:title": Variant("s", now.title),
        }
        if now.address:
            data["xesam:url"] = Variant("s", now.address)
        if now.seconds > 0:
            data["mpris:length"] = Variant("x", round(now.seconds * 1e6))
        if answer.named:
            data["xesam:genre"] = Variant("as", list(answer.named))
        if answer.word:
            data["genredesk:word"] = Variant("s", answer.word)
            data["genredesk:strength"] = Variant("s", str(answer.strength))
        return data

    @dbus_method()
    def Play(self) -> None:
        """Let it sound."""
        if self._player:
            self._player.play()

    @dbus_method()
    def Pause(self) -> None:
        """Hold it."""
        if self._player:
            self._player.pause()

    @dbus_method()
    def PlayPause(self) -> None:
        """The key with both."""
        if self._player:
            playing = self._player.playing().status == "Playing"
            (self._player.pause if playing else self._player.play)()

    @dbus_method()
    def Stop(self) -> None:
        """Hold it, at the beginning where there is one."""
        if self._player:
            self._player.pause()
            if self._now.can_seek:
                self._player.seek(0.0)

    @dbus_method()
    def Next(self) -> None:
        """Go to the next file."""
        if self._player and self._now.can_next:
            self._player.next()

    @dbus_method()
    def Previous(self) -> None:
        """Go to the file before."""
        if self._player and self._now.can_previous:
            self._player.previous()

    @dbus_method()
    def Seek(self, Offset: DBusInt64) -> None:
        """Jump by so many microseconds; over the end is the next file."""
        if self._player and self._now.can_seek:
            target = self._player.playing().position + Offset / 1e6
            if not 0 < self._now.seconds < target:
                self._player.seek(max(0.0, target))
            elif self._now.can_next:
                self._player.next()

    @dbus_method()
    def SetPosition(self, TrackId: DBusObjectPath, Position: DBusInt64) -> None:
        """Jump to so many microseconds, if that file is still the one that plays."""
        seconds = Position / 1e6
        same = self._metadata()["mpris:trackid"].value == TrackId
        if self._player and self._now.can_seek and same and 0 <= seconds <= self._now.seconds:
            self._player.seek(seconds)

    @dbus_signal()
    def Seeked(self) -> DBusInt64:
        """The position is not where it would have come to by itself."""
        return round(self._now.position * 1e6)

    @dbus_property(access=PropertyAccess.READ)
    def PlaybackStatus(self) -> DBusStr:
        """Playing, Paused or Stopped."""
        return self._now.status

    @dbus_property(access=PropertyAccess.READ)
    def Rate(self) -> DBusDouble:
        """Always the usual speed."""
        return 1.0

    @dbus_property(access=PropertyAccess.READ)
    def MinimumRate(self) -> DBusDouble:
        """Always the usual speed."""
        return 1.0

    @dbus_property(access=PropertyAccess.READ)
    def MaximumRate(self) -> DBusDouble:
        """Always the usual speed."""
        return 1.0

    @dbus_property(access=PropertyAccess.READ)
    def Metadata(self) -> DBusDict:
        """What plays, and its genre."""
        return self._metadata()

    @dbus_property()
    def Volume(self) -> DBusDouble:
        """Loudness, 0..1."""
        return self._now.volume

    @Volume.setter
    def _set_volume(self, value: DBusDouble) -> None:
        if self._player:
            self._player.set_volume(min(1.0, max(0.0, value)))

    @dbus_property(access=PropertyAccess.READ)
    def Position(self) -> DBusInt64:
        """Microseconds from the beginning."""
        now = self._player.playing() if self._player else self._now
        return round(now.position * 1e6)

    @dbus_property(access=PropertyAccess.READ)
    def CanGoNext(self) -> DBusBool:
        """Whether there is a next file."""
        return self._now.can_next

    @dbus_property(access=PropertyAccess.READ)
    def CanGoPrevious(self) -> DBusBool:
        """Whether there is a file before."""
        return self._now.can_previous

    @dbus_property(access=PropertyAccess.READ)
    def CanPlay(self) -> DBusBool:
        """Whether there is something to play."""
        return self._now.status != "Stopped"

    @dbus_property(access=PropertyAccess.READ)
    def CanPause(self) -> DBusBool:
        """Whether it can be held."""
        return self._now.status != "Stopped"

    @dbus_property(access=PropertyAccess.READ)
    def CanSeek(self) -> DBusBool:
        """Whether it is a file."""
        return self._now.can_seek

    @dbus_property(access=PropertyAccess.READ)
    def CanControl(self) -> DBusBool:
        """Whether any of this has an effect."""
        return self._player is not None
