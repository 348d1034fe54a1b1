"""A word taught from what is playing now."""
