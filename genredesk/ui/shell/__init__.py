"""The application, its window, and what frames the places."""
