from __future__ import annotations

from genredesk.outputs import SAMPLE, LiveAnswer, State


def test_the_word_is_in_the_file_while_a_genre_is_named(opened, until, tmp_path) -> None:
    file = tmp_path / "on air.txt"
    output = opened(f"text:{file}")
    until(lambda: output.state.state is State.ON)
    assert file.read_text() == ""
    output.publish(SAMPLE)
    until(lambda: file.read_text() == "Jazz")
    output.publish(LiveAnswer("open", "Can't tell"))
    until(lambda: file.read_text() == "")
    output.publish(SAMPLE)
    until(lambda: file.read_text() == "Jazz")
    output.close()
    assert file.read_text() == "", "no old genre is left behind"
    assert list(tmp_path.glob(".*")) == []


def test_a_place_that_cannot_be_written_is_said(opened, until, tmp_path) -> None:
    (tmp_path / "blocker").write_text("")
    output = opened(f"text:{tmp_path / 'blocker' / 'genre.txt'}")
    until(lambda: output.state.state is State.LOST)
    assert "cannot be written" in opened.said
    (tmp_path / "blocker").unlink()
    until(lambda: output.state.state is State.ON)
