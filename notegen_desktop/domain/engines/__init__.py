"""Servers besides Gemini that write notes, as data: names, addresses and protocols.

Enter by `connection`.
"""
