"""Page 2, Model: what to start from, how to train, what that takes on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QWidget

from genredesk.core.shares import measured, ranged
from genredesk.training.runs.messages import EarsScore, MeasuredEvent, NetworkFacts, PlanEstimate
from genredesk.ui.look.text import decimal, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import card_text
from genredesk.ui.training.choice import BALANCED, PAPER, PRESETS, QUICK, SCRATCH
from genredesk.ui.training.pages.advanced import Advanced
from genredesk.ui.training.pages.full_training import FullTraining
from genredesk.ui.training.pages.wizard_page import WizardPage, duration, set_tone, size, songs
from genredesk.ui.training.session import RECOMMENDED, TrainingSession
from genredesk.ui.widgets.base import one_stop
from genredesk.ui.widgets.bundle_list import BundleList, BundleRow
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph
from genredesk.ui.widgets.scrolled import scrolled
from genredesk.ui.widgets.tile import Tile

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

_NET = "net:"
_ENOUGH = 30
"""Songs a class from which fine-tuning usually beats a new last layer."""


class ModelPage(WizardPage):
    """The Model page."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.list = BundleList(self.tr("Models and networks to start from"))
        self.tiles = {
            QUICK: Tile(
                self.tr("Quick"),
                self.tr("Only the last layer is trained. Good with few songs."),
            ),
            BALANCED: Tile(
                self.tr("Balanced"),
                self.tr("All layers keep learning, the early ones slowly."),
            ),
            SCRATCH: Tile(
                self.tr("From scratch"),
                self.tr("A fresh network, with GenreDesk's own recipe. Needs hundreds of songs."),
            ),
            PAPER: Tile(
                self.tr("As in the paper"),
                self.tr("A fresh network, trained just as its paper says."),
            ),
        }
        self.advanced = Advanced(session)
        self.advanced.hide()
        self.more = Button(self.tr("Advanced"), "flat", icon="chevron-right")
        self.more.setCheckable(True)
        self.facts = paragraph("", "quiet")
        self.facts.setToolTip(
            self.tr(
                "The most memory the measurement took; the room for features and checkpoints of "
                "all songs chosen; the numbers the network learns; where it is trained, and why"
            )
        )
        self.about = paragraph("", "quiet")
        self.two = QCheckBox(self.tr("Two ears"))
        self.two.setToolTip(
            self.tr(
                "Quick mode can build on two trained models at once. Together they learn more "
                "from a few songs; the result is one model that needs a little more of the "
                "processor."
            )
        )
        self.ear = Combo(self.tr("Second ear"))
        self.measured = paragraph("", "quiet")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        left = Card(self.tr("START FROM"), margin=2 * GRID)
        self.waiting = paragraph("", "quiet")
        self.again = Button(self.tr("Try again"), icon="refresh")
        self.full = FullTraining(self.session)
        left.body.add(
            self.waiting, (self.again, 0, Qt.AlignmentFlag.AlignLeft), self.full, (self.list, 1)
        )
        how = Card(self.tr("HOW"), margin=2 * GRID)
        grid = QGridLayout()
        grid.setSpacing(GRID + 4)
        self._group = QButtonGroup(self)
        for i, preset in enumerate(PRESETS):
            grid.addWidget(self.tiles[preset], i // 2, i % 2)
            self._group.addButton(self.tiles[preset], i)
        how.body.add(
            grid, HBox(self.two, (self.ear, 1), STRETCH), self.measured, self.about, self.facts
        )
        inside = QWidget()
        column = VBox(how, parent=inside, gap=2 * GRID)
        fields = Card("", margin=2 * GRID)
        fields.head.insertWidget(0, self.more)
        fields.body.addWidget(self.advanced)
        column.add(fields, STRETCH)
        HBox((left, 5), (scrolled(inside), 7), parent=self, gap=2 * GRID)

    def _connect(self) -> None:
        session = self.session
        session.choice_changed.connect(self._show)
        session.estimates.changed.connect(self._show)
        session.listening.engine.bundles_changed.connect(self._list_again)
        self.again.clicked.connect(session.estimates.list_networks)
        self.full.installed.connect(self._grown)
        self.list.chosen.connect(self.choose_start)
        self._group.idClicked.connect(lambda i: session.choose(preset=PRESETS[i]))
        self.two.clicked.connect(self._choose_ears)
        self.ear.activated.connect(lambda _i: session.choose(beside=self.ear.currentData()))
        self.more.toggled.connect(self._show_more)
        self.advanced.problem_changed.connect(self.next_changed)

    def entered(self) -> None:
        """List what there is and measure what it would take."""
        self.full.look()
        if not self.full.absent:
            self.session.estimates.list_networks()
        self._list_again()
        self._ask()

    def showEvent(self, event) -> None:
        """The page is looked at, also without being gone to: the place opens with it."""
        super().showEvent(event)
        self.entered()

    def _ask(self) -> None:
        if self.isVisible() and not self.session.trainer.running:
            self.session.estimates.ask(self.session.choice)

    def _grown(self) -> None:
        """Full training was installed: list and measure what can be done now."""
        self.session.estimates.pause()
        self.entered()

    # ------------------------------------------------------------ showing

    def _list_again(self) -> None:
        if not self.isVisible():  # entering lists again
            return
        bundles, networks = self.session.listening.engine.bundles, self.session.estimates.networks
        keys = [b.id for b in bundles] + [_NET + n.name for n in networks]
        self._show_waiting()
        if list(self.list.rows) != keys:
            first = sorted(bundles, key=lambda b: b.id != RECOMMENDED)
            self.list.set_groups(
                [
                    (self.tr("A trained model"), [self._trained(b) for b in first]),
                    (self.tr("Or a fresh network"), [self._fresh(net) for net in networks]),
                ]
            )
            self.list.show_row(self._chosen())
        self._show()

    def _show_waiting(self) -> None:
        """Say that the networks are not listed yet, or why they cannot be."""
        estimates = self.session.estimates
        text = self.tr("Reading the list of networks …")
        if estimates.unlisted:
            text = self.tr("The networks that can be trained could not be listed. {0}")
        self.waiting.setText(text.format(estimates.unlisted))
        set_tone(self.waiting, "error" if estimates.unlisted else "quiet")
        self.waiting.setVisible(not estimates.networks and not self.full.absent)
        if self.again.hasFocus() and not estimates.unlisted:
            self.setFocus()  # Qt would give the keys to the next control
        self.again.setVisible(bool(estimates.unlisted))

    def _chosen(self) -> str:
        choice = self.session.choice
        return choice.start or _NET + choice.network

    def _trained(self, bundle: Bundle) -> BundleRow:
        row = card_text.row(bundle)
        if bundle.id == RECOMMENDED:
            row.set_mark(self.tr("Recommended"))
        return row

    def _fresh(self, net: NetworkFacts) -> BundleRow:
        line = self.tr("Paper {0} · {1} parameters · input {2} s").format(
            net.paper, _millions(net.parameters), decimal(net.window_s)
        )
        if net.paper == "genredesk":
            line = line.replace(self.tr("Paper {0}").format(net.paper), "GenreDesk")
        row = BundleRow(_NET + net.name, net.title, line, found_by=net.notes)
        row.setToolTip(net.notes)
        return row

    def _show(self) -> None:
        if not self.list.rows and not self.isVisible():
            return
        choice = self.session.choice
        self._show_waiting()
        self.list.select(self._chosen())
        networks = {n.name: n for n in self.session.estimates.networks}
        if networks and not any(k.startswith(_NET) for k in self.list.rows):
            self._list_again()
            return
        for preset, tile in self.tiles.items():
            possible = choice.possible(preset)
            tile.setEnabled(possible)
            tile.setChecked(preset == choice.preset)
            self._show_cost(preset, tile, possible=possible)
        one_stop(list(self.tiles.values()))
        self._recommend()
        self._show_ears()
        found = self.session.estimates.found.get(choice.preset)
        net = networks.get(choice.network)
        about = net.notes if net is not None and not choice.start else ""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        why = found.estimate.why if found is not None and found.estimate is not None else ""
        self.advanced.show_choice(net, why)
        self._show_facts(found)
        self._ask()
        self.next_changed.emit()

    def _show_cost(self, preset: str, tile: Tile, *, possible: bool) -> None:
        if not possible:
            tile.set_cost("", self.tr("It continues from a trained model: choose one on the left."))
            return
        found = self.session.estimates.found.get(preset)
        if found is None:
            problem = self.session.estimates.problem
            text = self.tr("measuring …") if self.session.estimates.measuring else ""
            tile.set_cost(text, problem)
        elif found.estimate is None:
            absent = self.full.absent and preset != QUICK
            said = self.tr("not installed") if absent else self.tr("not possible")
            tile.set_cost(said, found.problem)
        else:
            takes = found.estimate
            words_ = self.tr("at most {0}") if takes.at_most else self.tr("about {0}")
            tile.set_cost(words_.format(duration(takes.seconds)), self._story(takes))

    def _story(self, takes: PlanEstimate) -> str:
        parts = takes.parts
        text = self.tr(
            "Measured for a moment on this computer as busy as it is now, for {0}: {1} to listen "
            "to the files, {2} to train ({3} epochs, {4} windows a step), {5} to start, measure "
            "and export."
        )
        if not parts["features"]:
            text = self.tr(
                "Measured for a moment on this computer as busy as it is now, for {0}, whose files "
                "were listened to already: {2} to train ({3} epochs, {4} windows a step), {5} to "
                "start, measure and export."
            )
        return text.format(
            songs(self.session.music.n),
            duration(parts["features"]),
            duration(parts["fit"]),
            takes.epochs,
            takes.batch,
            duration(parts["start"] + parts["measure"] + parts["export"]),
        )

    def _recommend(self) -> None:
        groups = self.session.music.used()
        least = min((g.usable for g in groups), default=0)
        best = BALANCED if least >= _ENOUGH else QUICK
        problem = self._problem(best)
        for preset, tile in self.tiles.items():
            good = preset == best and self.session.choice.possible(preset) and not problem
            tile.set_badge(self.tr("Recommended") if good else "")

    def _show_ears(self) -> None:
        """Offer the second ear, and say what it brings on the songs at hand."""
        choice = self.session.choice
        second = self.session.second(choice.start)
        offered = choice.preset == QUICK and bool(second)
        self.two.setVisible(offered)
        self.two.setChecked(bool(choice.beside))
        titles = {b.id: b.card.title for b in self.session.beside(choice.start)}
        several = len(titles) > 1
        title = "" if several else titles.get(second, second)
        title = title.replace("&", "&&")  # else it would mark a key
        self.two.setText(self.tr("Two ears: with {0}").format(title).rstrip())
        self.ear.setVisible(offered and several)
        if [self.ear.itemData(i) for i in range(self.ear.count())] != list(titles):
            self.ear.clear()
            for key, name in titles.items():
                self.ear.addItem(name, key)
        self.ear.setCurrentIndex(self.ear.findData(second))
        ways = {way.ears: way for way in self.session.estimates.ears}
        if len(ways) == 2:
            text = self.tr("On {0} of yours: two ears {1}, one {2}.").format(
                songs(ways[2].n), about(ways[2]), about(ways[1])
            )
            better = self.tr("Two are recommended.")
            if ways[1].songs > ways[2].songs:
                better = self.tr("One is recommended.")
            self.measured.setText(f"{text} {better}")
        elif self.session.estimates.measuring:
            self.measured.setText(self.tr("Trying both on your songs …"))
        self.measured.setVisible(offered and (len(ways) == 2 or self.session.estimates.measuring))

    def _choose_ears(self, on: bool) -> None:
        self.session.choose(beside=self.session.second(self.session.choice.start) if on else "")

    def _show_facts(self, found: MeasuredEvent | None) -> None:
        if found is None or found.estimate is None:
            text = (found.problem if found is not None else "") or self.session.estimates.problem
            self.facts.setText(text or self.tr("Measuring what it takes on this computer …"))
            return
        takes = found.estimate
        memory = size(takes.memory) if takes.memory else self.tr("not measured here")
        text = self.tr("Memory {0} · disk {1} · {2} parameters · {3}")
        self.facts.setText(
            text.format(memory, size(takes.disk), _millions(takes.parameters), takes.why)
        )

    def _show_more(self, on: bool) -> None:
        self.advanced.setVisible(on)
        self.more.set_icon("chevron-down" if on else "chevron-right")

    # ------------------------------------------------------------ doing

    def choose_start(self, key: str) -> None:
        """Start from a bundle (its id) or a fresh network (``net:name``)."""
        choice = self.session.choice
        if key.startswith(_NET):
            preset = choice.preset if choice.preset in (SCRATCH, PAPER) else PAPER
            fresh = {"start": "", "network": key.removeprefix(_NET), "frontend": ""}
            self.session.choose(**fresh, preset=preset, changes={})
            return
        bundle = next((b for b in self.session.listening.engine.bundles if b.id == key), None)
        if bundle is not None:
            preset = choice.preset if choice.start else QUICK
            goes_on = {"start": key, "network": bundle.card.network, "frontend": ""}
            self.session.choose(**goes_on, preset=preset)

    # ------------------------------------------------------------ the way on

    def next_text(self) -> str:
        """Return the words on the button that goes on."""
        if self.session.choice.minutes and self.session.choice.preset != QUICK:
            return self.tr("Start the search")
        return self.tr("Start training")

    def can_next(self) -> bool:
        """Whether a training can begin."""
        return (
            not self.session.trainer.running
            and not self._music_waits()
            and not self.advanced.problem
            and not self._problem(self.session.choice.preset)
            and bool(self.session.choice.start or self.session.choice.network)
        )

    def _music_waits(self) -> bool:
        return self.session.scanning.running or not self.session.music.n

    def hint(self) -> tuple[str, str]:
        """Say what stands in the way."""
        if self.session.trainer.running:
            return self.tr("A training is running already; see page 3."), "quiet"
        if self._music_waits():
            return self.tr("Listening to the files …"), "quiet"
        if self.advanced.problem:
            return self.advanced.problem, "error"
        return self._problem(self.session.choice.preset), "error"

    def _problem(self, preset: str) -> str:
        """Return why a preset cannot be, empty while nothing is known against it."""
        found = self.session.estimates.found.get(preset)
        return found.problem if found is not None else ""


def about(way: EarsScore) -> str:
    """Write a share of songs with its 95 % interval: ``84 % (78–90 %)``."""
    return f"{measured(way.songs)} ({ranged(way.interval)})"


def _millions(n: int) -> str:
    if n >= 1e6:
        return tr("{0} M").format(decimal(n / 1e6))
    return tr("{0} k").format(max(1, round(n / 1e3)))
