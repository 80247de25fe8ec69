"""Who writes notes: `gemini`, `gemini_legacy` and `offline`, each behind the port `NoteWriter`.

Import them late: each brings a heavy library with it.
"""
