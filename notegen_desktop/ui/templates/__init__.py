"""Templates room: the list of templates, their editor, prompt preview and trial."""
