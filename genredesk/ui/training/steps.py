"""The pages of the Train place by number: the way through, and the history beside it."""

MUSIC, MODEL, TRAIN, RESULT, USE, HISTORY = range(6)
