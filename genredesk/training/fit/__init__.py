"""The loop: optimizer, epochs, checkpoints, teachers, heads on frozen networks."""
