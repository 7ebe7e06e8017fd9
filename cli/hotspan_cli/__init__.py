"""The `hotspan` command: parses, calls, prints."""
