"""Servers that write notes besides Gemini, as data: how they are named, reached and spoken to.

Come in by `connection`.
"""
