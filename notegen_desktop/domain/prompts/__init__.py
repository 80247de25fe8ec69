"""What a model is told: one prompt per note, all of a video with the same beginning.

Come in by `prompt`.
"""
