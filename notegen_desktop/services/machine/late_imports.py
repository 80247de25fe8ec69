"""Importing a heavy package late, beside a running event loop, without making it stutter."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from types import ModuleType

_one_at_a_time = threading.Lock()


def load(name: str) -> ModuleType:
    """Import a module with many objects; to be called in a worker thread. Raises ImportError.

    The garbage collector would walk over a hundred thousand new objects several times during the
    import, and over all of them again at each later full round: 0.1 s each with google-genai, while
    every thread stands still. So it pauses meanwhile, and what is there afterwards is exempt from
    collection. Reference counting goes on; only cycles that exist at this very moment stay.
    """
    if name in sys.modules:
        return importlib.import_module(name)
    with _one_at_a_time:
        collecting = gc.isenabled()
        gc.disable()
        try:
            module = importlib.import_module(name)
            gc.freeze()
        finally:
            if collecting:
                gc.enable()
    return module
