"""Making notes out of a talk's own sentences: no model, no network, no download.

`analysis` reads a transcript once for all templates (sentences, topics, terms, scores); `plan`
turns a template's table of contents into a list of sections; `compose` fills each of them with
quotes, at three levels.
"""
