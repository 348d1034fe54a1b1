"""PulseAudio and PipeWire through ``pactl``: the real device names that PortAudio does not see."""
