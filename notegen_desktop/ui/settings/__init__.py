"""Settings room: a dialog with tabs, generated from the declarations in `domain.settings.table`.

The window uses `access`, which creates the dialog when first needed.
"""
