"""Questions about videos: which passages a question is about, and what an answer consists of.

Comes in by `passages.Passages` and `exchange.Exchange`.
"""
