"""Parts of pages: one panel, or a few that belong together, a module each."""
