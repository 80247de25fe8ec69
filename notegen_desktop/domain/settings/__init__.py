"""All settings, declared once, and how their values are resolved.

Enter by `settings`.
"""
