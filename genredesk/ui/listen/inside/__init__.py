"""The panel that looks into the network while it listens."""
