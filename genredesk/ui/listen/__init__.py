"""The Listen place: its page, its controllers, its parts."""
