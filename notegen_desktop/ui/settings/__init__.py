"""The settings, in tabs, made from their declarations in `domain.settings.table`.

Come in by `access`, which makes the dialog when it is first wanted.
"""
