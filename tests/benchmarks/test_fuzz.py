"""Broken files: each is read in a child process, and a child that dies is noticed."""

from __future__ import annotations

from benchmarks import _mutants, fuzz


def test_mutants_are_read_and_counted(tmp_path):
    seeds = _mutants.make_seeds(tmp_path)
    assert len({path.suffix for path in seeds}) >= 15
    tally = fuzz.run(tmp_path, 30)
    assert sum(tally.outcomes.values()) == 30
    assert set(tally.outcomes) <= {"heard", "complained", "given up", "refused"}
    assert tally.outcomes["heard"]
    assert tally.wrong == []


def test_seeds_are_whole(tmp_path):
    for path in _mutants.make_seeds(tmp_path):
        assert _mutants.read(path) == "heard", path.name


def test_a_mutant_is_the_same_every_time():
    seeds = [bytes(range(256)) * 4, b"abc" * 200]
    assert _mutants.mutant(seeds, 7) == _mutants.mutant(seeds, 7)
    assert _mutants.mutant(seeds, 7) != seeds[1]


def test_a_child_that_dies_is_counted_and_the_next_mutant_is_read(tmp_path, capsys):
    tally = fuzz.run(tmp_path, 3)  # without its seeds no child comes far
    assert tally.outcomes == {"ended the program": 3}
    assert all("status 1" in said for said in tally.wrong)
