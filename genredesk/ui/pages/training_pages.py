"""All pages of the Train place in one import, so that it can be done before somebody looks."""

from __future__ import annotations

from genredesk.ui.pages.training_base import words
from genredesk.ui.pages.training_history import HistoryPage
from genredesk.ui.pages.training_model import ModelPage
from genredesk.ui.pages.training_music import MusicPage
from genredesk.ui.pages.training_result import ResultPage
from genredesk.ui.pages.training_run import RunPage
from genredesk.ui.pages.training_use import UsePage

__all__ = [
    "HistoryPage",
    "ModelPage",
    "MusicPage",
    "ResultPage",
    "RunPage",
    "UsePage",
    "words",
]
