"""Extracts notes from a transcript's own sentences: no model, no network, no download.

`analysis` reads a transcript once for all templates (sentences, topics, terms, scores); `plan`
turns a template's sections into a list of sections to fill; `compose` fills each with quotes, at
three levels.
"""
