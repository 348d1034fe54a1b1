"""The tones and measures of both themes."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
"""Everything sits on multiples of this many logical pixels."""


RADIUS = 14
"""Corner radius of a card."""


CONTROL_RADIUS = 9
"""Corner radius of a control."""


SIZES = (11, 13, 14, 16)
"""Type sizes in logical pixels for an interface font of 13; one display size grows by itself."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tones of one theme, as ``#rrggbb``.

    ``text`` and ``quiet`` reach 4.5 : 1 on ``ground``, ``card`` and ``control``; so do ``good``,
    ``warning`` and ``error`` on ``card``, and ``on_accent`` on ``accent``.
    """

    name: str
    ground: str
    card: str
    control: str
    hover: str
    pressed: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    good: str
    warning: str
    error: str

    @property
    def is_dark(self) -> bool:
        """Whether this is the dark theme."""
        return self.name == "dark"


DARK = Tokens(
    name="dark",
    ground="#121418",
    card="#1A1D23",
    control="#22262E",
    hover="#2A2F39",
    pressed="#313743",
    line="#2C313A",
    text="#E9ECF1",
    quiet="#98A1AE",
    accent="#6EA8FE",
    on_accent="#0E1520",
    good="#6BBF59",
    warning="#E3B64F",
    error="#EF7A6F",
)


LIGHT = Tokens(
    name="light",
    ground="#EFF1F5",
    card="#FFFFFF",
    control="#E9ECF1",
    hover="#DFE3EA",
    pressed="#D4D9E2",
    line="#D9DDE5",
    text="#14171C",
    quiet="#576170",
    accent="#1F66D6",
    on_accent="#FFFFFF",
    good="#2B7A2F",
    warning="#8A5B00",
    error="#C2352A",
)


TOKENS: dict[str, Tokens] = {"dark": DARK, "light": LIGHT}
