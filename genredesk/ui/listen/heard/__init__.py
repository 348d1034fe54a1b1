"""What was heard in this session: its memory, its log, and what is saved of it."""
