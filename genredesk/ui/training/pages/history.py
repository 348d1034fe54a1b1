"""The history: every training with what it was made of, to look at, compare, repeat or delete."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from genredesk.core.genres import genre_word
from genredesk.core.shares import measured, ranged
from genredesk.training.plan import recipe as recipes
from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.look import theme
from genredesk.ui.look.text import moment, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.training import sentences
from genredesk.ui.training.pages.wizard_page import duration, hours, size
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.charts.curves import Plot
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.scrolled import scrolled
from genredesk.ui.widgets.song_list import SongList, SongRow


class RunHistoryPage(QWidget):
    """The list of runs and one or two of them in full.

    Signals
    -------
    looked(Run)
        Show the result of a finished run.
    resumed(Run)
        Go on with one that ended early.
    repeated(Run)
        Begin another like it.
    """

    looked = Signal(object)
    resumed = Signal(object)
    repeated = Signal(object)

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self.session = session
        self.list = SongList(self.tr("Trainings"))
        self.list.songs.marked = False
        self.list.setToolTip(self.tr("Select two with Ctrl to compare them"))
        self.grid = QGridLayout()
        self.plot = Plot(
            self.tr("VALIDATION WINDOWS %"),
            [("valid_windows", self.tr("Held-back windows"), "accent")],
            share=True,
        )
        self.plot.setFixedHeight(theme.px(170))
        self.look = Button(self.tr("Show the result"), "primary", icon="table")
        self.resume = Button(self.tr("Resume"), "primary", icon="play")
        self.repeat = Button(self.tr("Repeat with a change"), icon="refresh")
        self.delete = Button(self.tr("Delete …"), "danger", icon="trash")
        self.cache = plain_label("", "quiet")
        self.clear = Button(self.tr("Clear"), "flat", icon="trash")
        self.empty = EmptyState(
            "refresh",
            self.tr("Nothing was trained yet"),
            self.tr("Every training is kept here with its music, recipe, curves and result."),
        )
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        left = Card(self.tr("TRAININGS"), margin=2 * GRID)
        left.body.add((self.list, 1), HBox((self.cache, 1), self.clear))
        self.detail = Card("", margin=2 * GRID)
        buttons = Flow()
        for button in (self.look, self.resume, self.repeat, self.delete):
            buttons.addWidget(button)
        self.detail.body.addLayout(buttons)
        self.grid.setHorizontalSpacing(3 * GRID)
        self.grid.setVerticalSpacing(GRID)
        holder = QWidget()
        VBox(self.grid, STRETCH, parent=holder)
        self.detail.body.add((scrolled(holder, self.tr("About the training")), 1), self.plot)
        self.bare = Card()
        self.bare.body.addWidget(self.empty)
        HBox((left, 4), (self.detail, 7), (self.bare, 7), parent=self, gap=2 * GRID)

    def _connect(self) -> None:
        self.session.runs_changed.connect(self._show)
        self.session.cache_measured.connect(self._show_cache)
        self.list.selectionModel().selectionChanged.connect(lambda _a, _b: self._show_detail())
        self.list.doubleClicked.connect(lambda _i: self._look())
        self.list.play.connect(lambda _k: self._look())
        self.look.clicked.connect(self._look)
        self.resume.clicked.connect(lambda: self.resumed.emit(self.chosen()[0]))
        self.repeat.clicked.connect(lambda: self.repeated.emit(self.chosen()[0]))
        self.delete.clicked.connect(self.ask_delete)
        self.clear.clicked.connect(self.session.clear_cache)

    def entered(self) -> None:
        """The page is looked at now."""
        self.session.refresh_runs()
        self.session.measure_cache()

    def chosen(self) -> list[TrainingRun]:
        """Return the selected runs."""
        known = {run.id: run for run in self.session.runs}
        return [known[key] for key in self.list.selected() if key in known]

    def _show(self) -> None:
        if not self.isVisible():  # entering reads the history again
            return
        self.list.songs.set_rows([_row(run) for run in self.session.runs])
        if self.session.runs and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.songs.index(0))
        self.detail.setVisible(bool(self.session.runs))
        self.bare.setVisible(not self.session.runs)
        self._show_detail()

    def _show_cache(self, used: int) -> None:
        self.cache.setText(self.tr("Cached features: {0}").format(size(used)) if used else "")
        self.cache.setToolTip(
            self.tr("Features computed from the music, so that another training starts at once")
        )
        self.clear.setVisible(used > 0)

    def _show_detail(self) -> None:
        chosen = self.chosen()[:2]
        while self.grid.count():
            item = self.grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for i in range(1, 3):
            self.grid.setColumnStretch(i, 1 if i <= len(chosen) else 0)
        one = chosen[0] if len(chosen) == 1 else None
        self.look.setVisible(one is not None and one.state == store.DONE)
        self.resume.setVisible(one is not None and one.resumable)
        self.repeat.setVisible(one is not None)
        self.delete.setVisible(bool(chosen))
        if not chosen:
            return
        columns = [dict(facts(run, self.session.start_of(run.plan))) for run in chosen]
        for at, name in enumerate(columns[0]):
            heading = plain_label(name, "quiet")
            self.grid.addWidget(heading, at, 0, Qt.AlignmentFlag.AlignTop)
            texts = [column.get(name, "") for column in columns]
            for i, text in enumerate(texts, 1):
                line = paragraph(text, selectable=True)
                differ = len(set(texts)) > 1 or at == 0
                line.setFont(theme.font(13, bold=differ and len(chosen) > 1))
                self.grid.addWidget(line, at, i, Qt.AlignmentFlag.AlignTop)
        self.session.read_curves(chosen, self._show_curves)

    def _show_curves(self, of: list[TrainingRun], curves: list[list[EpochEvent]]) -> None:
        if of != self.chosen()[:2]:
            return
        self.plot.set_epochs(curves[0], curves[1] if len(curves) > 1 else ())
        self.plot.setVisible(any(len(c) > 1 for c in curves))

    def _look(self) -> None:
        chosen = self.chosen()
        if len(chosen) == 1 and chosen[0].state == store.DONE:
            self.looked.emit(chosen[0])

    def ask_delete(self) -> None:
        """Ask once more, then delete the selected runs."""
        chosen = self.chosen()
        if not chosen:
            return
        text = self.tr("Delete {0}?").format(chosen[0].title)
        if len(chosen) > 1:
            text = self.tr("Delete {0} trainings?").format(len(chosen))
        dialogs.confirm(
            self,
            text,
            self.tr(
                "Curves, results and what could be resumed are removed. Models that are in use, "
                "and the music, stay."
            ),
            self.tr("Delete"),
            lambda: self._delete(chosen),
            no=self.tr("Keep"),
        )

    def _delete(self, chosen: list[TrainingRun]) -> None:
        for run in chosen:
            self.session.delete_run(run)


def when(run: TrainingRun) -> str:
    """Return when a run began, as people here write it."""
    return "" if run.began is None else moment(run.began)


def state(run: TrainingRun) -> str:
    """Return how a run ended in a few words."""
    if run.state == store.DONE:
        return tr("{0} of %Ln song(s) correct", "", run.n).format(measured(run.score))
    return {
        store.RUNNING: tr("running"),
        store.FAILED: tr("failed"),
        store.CANCELLED: tr("canceled"),
        store.INTERRUPTED: tr("interrupted"),
    }.get(run.state, run.state)


def _row(run: TrainingRun) -> SongRow:
    tone = {store.FAILED: "error", store.INTERRUPTED: "warning"}.get(run.state, "quiet")
    detail = f"{when(run)} · {sentences.preset(run.preset)} · {state(run)}"
    note = ranged(run.interval) if run.state == store.DONE else ""
    return SongRow(run.id, run.title, detail, note, tone)


def facts(run: TrainingRun, start: str) -> list[tuple[str, str]]:
    """Return everything that is known about a run, heading by heading.

    ``start`` is the title of what it began with.
    """
    plan = run.plan
    rules = plan.get("changes") or {}
    changed = ", ".join(f"{k} = {v}" for k, v in rules.items())
    score = state(run)
    if run.state == store.DONE:
        score = tr("{0} (95 %: {1})").format(score, ranged(run.interval))
    classes = ", ".join(f"{genre_word(k)} {n}" for k, n in run.classes.items())
    recipe = plan.get("recipe") or {"full": "live-finetune"}.get(plan.get("mode", ""), "")
    title = recipes.RECIPES[recipe].title if recipe in recipes.RECIPES else tr("the paper's own")
    if plan.get("mode") == "quick":
        title = tr("a new last layer, fitted to its optimum")
    return [
        (tr("Training"), run.title),
        (tr("Result"), score + (f". {run.message}" if run.message else "")),
        (tr("Started"), when(run)),
        (tr("Duration"), duration(run.seconds) if run.seconds else ""),
        (tr("Music"), f"{hours(run.hours * 3600)}: {classes}"),
        (tr("Made from"), f"{start}, {sentences.preset(run.preset)}"),
        (tr("Recipe"), title),
        (tr("Changed"), changed or tr("nothing")),
        (tr("Search"), tr("{0} min").format(plan["minutes"]) if plan.get("minutes") else tr("no")),
        (tr("Seed"), str(plan.get("seed", 0))),
        (tr("Model"), run.installed or tr("not one of your models")),
    ]
