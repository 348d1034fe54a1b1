"""Numbers as pictures: curves, matrices, bars, ribbons."""
