"""Every setting, declared once, and how its value is resolved.

Come in by `settings`.
"""
