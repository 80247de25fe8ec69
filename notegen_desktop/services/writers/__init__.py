"""Writers of notes: `gemini`, `gemini_legacy` and `offline`, each behind the port `NoteWriter`.

Import them late: each imports a heavy library.
"""
