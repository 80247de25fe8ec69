"""Questions about videos: relevant passages, and answers.

Enter by `passages.Passages` and `exchange.Exchange`.
"""
