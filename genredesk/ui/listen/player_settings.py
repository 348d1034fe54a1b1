"""How the file sounds: loudness, mute and loop, remembered and given to the open player."""

from __future__ import annotations

from genredesk.ui.listen.playback import PlaybackController
from genredesk.ui.services.settings_store import SettingsStore


class PlayerSettings:
    """What a person sets of the player."""

    def __init__(self, memory: SettingsStore, sound: PlaybackController) -> None:
        self._memory = memory
        self._sound = sound

    def set_volume(self, volume: float) -> None:
        """Set the loudness, 0..1; turning it up ends muting."""
        volume = min(1.0, max(0.0, volume))
        muted = self._memory.settings.muted and volume <= self._memory.settings.volume
        self._memory.update(volume=volume, muted=muted)
        self._sound.apply(volume=volume, muted=muted)

    def change_volume(self, step: float) -> None:
        """Make it louder or quieter."""
        self.set_volume(self._memory.settings.volume + step)

    def set_muted(self, muted: bool) -> None:
        """Make it silent, or not."""
        self._memory.update(muted=muted)
        self._sound.apply(muted=muted)

    def toggle_muted(self) -> None:
        """Make it silent, or let it sound again."""
        self.set_muted(not self._memory.settings.muted)

    def set_loop(self, loop: bool) -> None:
        """Play the file over and over."""
        self._memory.update(loop=loop)
        self._sound.apply(loop=loop)

    def toggle_loop(self) -> None:
        """Play the file over and over, or once."""
        self.set_loop(not self._memory.settings.loop)
