"""Controls, plates and messages, and what a screen reader is told of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from genredesk.core.shares import percent
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import LIGHT
from genredesk.ui.widgets.banner import Banner, Toast
from genredesk.ui.widgets.base import clock, number, tab_order
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.card import Card, Chip, ChipButton, EmptyState
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.level_meter import LevelMeter
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.top_five import TopFive
from genredesk.ui.widgets.controls import (
    Button,
    Combo,
    Dot,
    Field,
    IconButton,
    ProgressStrip,
    Slider,
)
from genredesk.ui.widgets.elided import OneForm
from genredesk.ui.widgets.help_overlay import HelpOverlay
from genredesk.ui.widgets.layouts import VBox
from genredesk.ui.widgets.popover import Popover
from genredesk.ui.widgets.rail import Rail
from genredesk.ui.widgets.spectrogram.view import TimelineView

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Role = QAccessible.Role


def said_banner(text, action) -> Banner:
    banner = Banner()
    banner.show_message(text, "error", action)
    return banner


def named(parent: QWidget, name: str) -> QAbstractButton:
    """Return the button that a screen reader would call so."""
    return next(b for b in parent.findChildren(QAbstractButton) if b.accessibleName() == name)


PLACES = [("listen", "listen", "Listen"), ("models", "models", "Models")]


# ---------------------------------------------------------------- everything


EVERYTHING = {
    "big": (BigLabel, Role.StaticText),
    "top": (TopFive, Role.StaticText),
    "minute": (LastMinute, Role.StaticText),
    "meter": (LevelMeter, Role.StaticText),
    "ribbon": (GenreRibbon, Role.Slider),
    "timeline": (TimelineView, None),
    "rail": (lambda: Rail(PLACES), None),
    "slider": (lambda: Slider("Volume"), Role.Slider),
    "combo": (lambda: Combo("Palette"), Role.ComboBox),
    "icon button": (lambda: IconButton("play", "Play"), Role.Button),
    "button": (lambda: Button("Open…"), Role.Button),
    "chip": (lambda: Chip("CPU"), Role.StaticText),
    "chip button": (lambda: ChipButton("CPU"), Role.Button),
    "card": (lambda: Card("NOW"), None),
    "empty": (lambda: EmptyState("folder", "Nothing yet", "Drop files here", "Open…"), None),
    "banner": (lambda: said_banner("The microphone was unplugged.", "Choose…"), None),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_everything_has_a_name_and_a_role(name, qtbot):
    make, role = EVERYTHING[name]
    widget = make()
    qtbot.addWidget(widget)
    seen = QAccessible.queryAccessibleInterface(widget)
    assert seen.text(QAccessible.Text.Name)
    if role is not None:
        assert seen.role() == role
    nameless = [
        child for child in widget.findChildren(QWidget)
        if child.focusPolicy() != Qt.FocusPolicy.NoFocus
        and child.isVisibleTo(widget)
        and not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name)
    ]  # fmt: skip
    assert nameless == []


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("look", ["dark", "light"])
def test_everything_can_be_drawn_in_both_themes_at_any_size(name, look, qtbot, qapp):
    theme.apply(qapp, look)
    widget = EVERYTHING[name][0]()
    qtbot.addWidget(widget)
    for size in (widget.minimumSizeHint(), widget.sizeHint(), widget.sizeHint() * 3):
        widget.resize(size)
        assert not widget.grab().isNull()


@pytest.mark.parametrize("make", [
    lambda: Button("Open…"), lambda: IconButton("play", "Play"), lambda: Slider("Volume"),
    lambda: ChipButton("CPU"), GenreRibbon, lambda: Combo("Palette"),
])  # fmt: skip
def test_the_keyboard_focus_can_be_seen(make, qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    row = QVBoxLayout(host)
    widget, other = make(), Button("other")
    row.addWidget(other)
    row.addWidget(widget)
    with qtbot.waitActive(host):
        host.show()
        host.activateWindow()
    other.setFocus()
    before = widget.grab().toImage()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(widget.hasFocus)
    assert widget.grab().toImage() != before


def test_words_about_time_and_shares():
    assert [clock(s) for s in (-3, 0, 59.9, 83, 3723)] == [
        "0:00",
        "0:00",
        "0:59",
        "1:23",
        "1:02:03",
    ]
    assert percent(0.824) == "82\u202f%"
    assert number(-3.25, 1) == "\u22123.2"


# ---------------------------------------------------------------- controls


def test_a_slider_goes_where_it_is_clicked(qtbot):
    slider = Slider("Volume")
    qtbot.addWidget(slider)
    slider.resize(214, 24)  # a groove of 200 pixels
    slider.setRange(0, 100)
    with qtbot.waitSignal(slider.valueChanged):
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(107, 12))
    assert slider.value() == 50
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(7, 12))
    qtbot.mouseMove(slider, QPoint(9999, 12))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(9999, 12))
    assert slider.value() == 100
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert slider.value() == 99


def test_an_icon_button_changes_icon_and_name_together(qtbot):
    button = IconButton("play", "Play")
    qtbot.addWidget(button)
    button.set_look("pause", "Pause")
    assert button.icon_name() == "pause"
    assert button.accessibleName() == button.toolTip() == "Pause"


def test_a_checked_icon_button_is_tinted(qtbot):
    button = IconButton("loop", "Loop")
    qtbot.addWidget(button)
    button.setCheckable(True)

    def tones():
        image = button.icon().pixmap(48, 48).toImage()
        found = (image.pixelColor(x, y) for x in range(48) for y in range(48))
        return {c.name() for c in found if c.alpha() == 255}

    assert tones() == {QColor(theme.current().text).name()}
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert tones() == {QColor(theme.current().accent).name()}
    button.setChecked(False)
    assert tones() == {QColor(theme.current().text).name()}


def test_a_field_lends_its_heading_to_a_nameless_control(qtbot):
    control = QLabel("x")
    field = Field("SOURCE", control)
    qtbot.addWidget(field)
    assert control.accessibleName() == "SOURCE"


def test_progress_says_how_far_and_can_be_cancelled(qtbot):
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    assert strip.fraction() is None
    strip.set_progress("Analysing song.flac", 0.4)
    assert strip.fraction() == pytest.approx(0.4)
    strip.set_progress("Analysing song.flac", 7)
    assert strip.fraction() == 1
    assert strip.accessibleName() == "Analysing song.flac"
    with qtbot.waitSignal(strip.cancelled):
        qtbot.mouseClick(strip.stop, Qt.MouseButton.LeftButton)


def test_the_tab_key_comes_to_the_way_to_stop_once(qtbot):
    window, first, strip, last = QWidget(), Button("First"), ProgressStrip(), Button("Last")
    VBox(first, strip, last, parent=window)
    tab_order(first, strip.stop, last)
    qtbot.addWidget(window)
    window.show()
    first.setFocus()
    met = []
    for _ in range(6):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        met.append(window.focusWidget())
    assert met == 2 * [strip.stop, last, first]


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return])
def test_keys_open_a_choice_and_choose_nothing_in_passing(qtbot, key):
    combo = Combo("Source")
    combo.addItems(["one", "two", "three"])
    combo.setCurrentIndex(1)
    qtbot.addWidget(combo)
    combo.show()
    chosen = []
    combo.activated.connect(chosen.append)
    qtbot.keyClick(combo, key)
    assert combo.view().isVisible()
    assert (combo.currentIndex(), chosen) == (1, [])
    qtbot.keyClick(combo.view(), Qt.Key.Key_Down)
    qtbot.keyClick(combo.view(), Qt.Key.Key_Return)
    assert (combo.currentIndex(), chosen) == (2, [2])


def test_a_dot_shows_its_tone_of_the_theme_in_use(qtbot):
    tones = ["#ff0000", "#00ff00"]
    dot = Dot(lambda: tones[0])
    qtbot.addWidget(dot)
    assert dot.grab().toImage().pixelColor(5, 5).name() == "#ff0000"
    del tones[0]
    assert dot.grab().toImage().pixelColor(5, 5).name() == "#00ff00"


def test_chips_show_state_and_tell_why(qtbot):
    chip = Chip()
    qtbot.addWidget(chip)
    chip.set_state("CPU · 1.1 ms", "good", "No graphics card was found")
    assert chip.text() == chip.accessibleName() == "CPU · 1.1 ms"
    assert chip.toolTip() == chip.accessibleDescription() == "No graphics card was found"
    narrow = chip.sizeHint().width()
    chip.set_state("CPU: the graphics card failed its test · 1.1 ms", "warning")
    assert chip.sizeHint().width() > narrow
    assert chip.focusPolicy() == Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, None])
def test_a_chip_button_is_clicked_by_mouse_and_keyboard(qtbot, key):
    chip = ChipButton("CPU")
    qtbot.addWidget(chip)
    with qtbot.waitSignal(chip.clicked):
        if key is None:
            qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(chip, key)


# ---------------------------------------------------------------- places


def test_the_rail_goes_places(qtbot):
    rail = Rail(PLACES)
    qtbot.addWidget(rail)
    rail.show()
    assert rail.current() == "listen"
    with qtbot.waitSignal(rail.changed) as went:
        rail.set_current("models")
    assert went.args == ["models"]
    with qtbot.assertNotEmitted(rail.changed):
        rail.set_current("models")
    button = named(rail, PLACES[1][2])
    rail.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    with qtbot.waitSignal(rail.changed) as went:
        qtbot.keyClick(button, Qt.Key.Key_Up)
    assert rail.current() == "listen"
    with pytest.raises(ValueError, match="library"):
        rail.set_current("library")


def test_an_empty_place_invites_to_one_action(qtbot):
    empty = EmptyState("folder", "Nothing to play yet", "Drop files here.", "Play the demo")
    qtbot.addWidget(empty)
    with qtbot.waitSignal(empty.activated):
        empty.button.click()
    without = EmptyState("folder", "Nothing here")
    qtbot.addWidget(without)
    assert without.button.isHidden()


# ---------------------------------------------------------------- messages


@pytest.fixture
def said(monkeypatch) -> list[tuple[str, QAccessible.AnnouncementPoliteness]]:
    heard = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility",
        lambda event: heard.append((event.message(), event.politeness())),
    )  # fmt: skip
    return heard


def test_a_banner_says_what_happened_and_offers_one_action(qtbot, said):
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    banner.show_message("The microphone was unplugged.", "error", "Choose another…")
    assert not banner.isHidden()
    assert banner.accessibleName() == "Error: The microphone was unplugged."
    assert said == [(banner.accessibleName(), QAccessible.AnnouncementPoliteness.Assertive)]
    banner.show_message("The microphone was unplugged.", "error", "Choose another…")
    assert len(said) == 1, "the same message is not said twice"
    with qtbot.waitSignal(banner.action_triggered):
        named(banner, "Choose another…").click()
    with qtbot.waitSignal(banner.closed):
        named(banner, "Close this message").click()
    assert banner.isHidden()
    assert banner.text() == ""


def test_markup_in_a_file_name_is_shown_as_it_is(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_message("<img src=x> & <b>.mp3: it holds no sound.", "warning")
    assert banner.findChild(QLabel).textFormat() == Qt.TextFormat.PlainText
    assert banner.kind() == "warning"
    banner.show_message("")
    assert banner.isHidden()


def test_a_very_long_message_is_wrapped(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    banner.resize(500, 50)
    banner.show_message("word " * 100)
    assert banner.heightForWidth(500) > 3 * banner.fontMetrics().height()


def test_a_toast_goes_by_itself(qtbot, said):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(600, 400)
    host.show()
    toast = Toast(host)
    toast.show_message("Saved.", ms=30)
    assert toast.isVisible()
    assert said == [("Saved.", QAccessible.AnnouncementPoliteness.Polite)]
    middle = toast.geometry().center().x()
    assert middle == pytest.approx(300, abs=2)
    host.resize(800, 400)
    assert toast.geometry().center().x() == pytest.approx(400, abs=2)
    qtbot.waitUntil(toast.isHidden)


def test_the_keyboard_map_covers_the_window_until_it_is_closed(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 600)
    host.show()
    groups = [("PLAYER", [("Space", "Play or pause"), ("M", "Mute")])]
    overlay = HelpOverlay(host, groups)
    assert "Space: Play or pause" in overlay.accessibleDescription()
    overlay.toggle()
    assert overlay.geometry() == host.rect()
    host.resize(1000, 700)
    assert overlay.geometry() == host.rect()
    with qtbot.waitSignal(overlay.closed):
        qtbot.keyClick(overlay, Qt.Key.Key_Escape)
    overlay.open_map()
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=overlay.rect().center())
    assert overlay.isVisible()
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert overlay.isHidden()
    overlay.set_groups([("OTHER", [("F11", "Full screen")])])
    assert overlay.accessibleDescription() == "F11: Full screen"


def test_a_theme_changed_while_shown_reaches_every_widget(qtbot, qapp):
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    card = Card("NOW")
    card.body.addWidget(Chip("CPU"))
    column.addWidget(card)
    host.resize(300, 200)
    host.show()
    theme.apply(qapp, "light")
    QApplication.sendPostedEvents()
    image = host.grab().toImage()
    assert LIGHT.card.lower() in {
        image.pixelColor(x, 100).name() for x in np.arange(0, 300, 5).tolist()
    }


def test_a_plate_keeps_the_keyboard_and_gives_it_back(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    before, beside = Button("before"), Button("beside")
    for button in (before, beside):
        layout.addWidget(button)
    plate = Popover(window, 200)
    first, last = Button("first"), Button("last")
    for widget in (QLabel("Settings"), first, last):
        plate.column.addWidget(widget)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    before.setFocus()
    plate.toggle_at(beside)
    assert window.focusWidget() is first
    stops = []
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        qtbot.keyClick(window.focusWidget(), key)
        stops.append(window.focusWidget())
    assert stops == [last, first, last], "round within the plate"
    qtbot.keyClick(last, Qt.Key.Key_Escape)
    assert not plate.isVisible()
    assert window.focusWidget() is before


def test_return_presses_a_button_as_space_does(qtbot):
    pressed = []
    for button in (Button("Go"), IconButton("play", "Play")):
        qtbot.addWidget(button)
        button.clicked.connect(lambda: pressed.append(1))
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            qtbot.keyClick(button, key)
    assert len(pressed) == 4


def test_one_row_without_room_makes_a_whole_column_short(qtbot):
    view = QTableView()
    qtbot.addWidget(view)
    form, font = OneForm(view), theme.font(13)
    assert not form.short(font, 90.0, fits=True)
    assert form.short(font, 90.0, fits=False)
    assert form.short(font, 90.0, fits=True), "a row that would fit is written as the others"
    assert not form.short(font, 150.0, fits=True), "another width"
    assert not form.short(theme.font(11), 90.0, fits=True), "another font"
