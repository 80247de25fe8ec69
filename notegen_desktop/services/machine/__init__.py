"""This machine: folders, files, settings, keys, logs, templates on disk, and the clock."""
