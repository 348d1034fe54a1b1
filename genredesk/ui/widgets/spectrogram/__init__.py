"""The timeline: ribbon and spectrogram on one axis of time, with their axes, marks and colors."""
