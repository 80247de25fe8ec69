"""A folder of Markdown pages that is kept up to date, for Obsidian, Logseq and their like.

A page belongs to its reader as much as to the program: what was last written is remembered
(`ledger`), so that what the reader wrote is known from it and stays (`merging`).
"""
