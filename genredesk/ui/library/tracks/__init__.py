"""The table of tracks: its models, how rows look, their pictures."""
