"""The vault: a synchronized folder of Markdown pages, for Obsidian, Logseq and similar programs.

The user may edit pages: the text last written is recorded (`ledger`), so that the user's own text
is recognized and kept (`merging`).
"""
