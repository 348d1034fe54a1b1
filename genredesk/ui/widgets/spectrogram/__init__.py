"""The scrolling spectrogram: its picture, its axes, its color maps."""
