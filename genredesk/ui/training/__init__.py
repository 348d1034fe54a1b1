"""The training wizard without its pages: music, choices, the child process, runs and results."""
