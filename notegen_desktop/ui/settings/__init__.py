"""The settings, in tabs, made from their declarations in `domain.settings.table`.

Come in by `dialog`, which is made when it is first wanted.
"""
