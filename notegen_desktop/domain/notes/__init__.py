"""Notes: their content, their templates, and merging notes on parts.

Enter by `note`; template files by `templates`.
"""
