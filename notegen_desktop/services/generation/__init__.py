"""From a transcript to a checked note: generator, request, chunks, validation.

An assignment comes in by `generator`; `request` gets one answer of a model.
"""
