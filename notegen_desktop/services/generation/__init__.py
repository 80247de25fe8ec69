"""Note generation, from a transcript to a checked note: generator, model requests, chunks,
validation.

Work enters through `generator`; `request` gets one answer of a model.
"""
