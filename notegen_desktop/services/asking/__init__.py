"""Questions: from the question to a checked answer that is stored.

Enter by `asker.Asker`, which fulfils `ports.Asking`.
"""
