"""Regular expressions that are compiled at their first use.

Compiling all of them at import took a twentieth of every start of the program, and most runs need
few.
"""

from __future__ import annotations

import re
from typing import Any, cast


def lazy_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a lazy `re.compile`, for a constant of a module. Raises re.error at its first use.

    The functions of `re` itself do not accept it: call its methods.
    """
    return cast(re.Pattern[str], _Late(text, flags))


class _Late:
    """A proxy with the attributes of the compiled expression."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        public = (each for each in dir(compiled) if not each.startswith("_"))
        # The methods are then found without `__getattr__`.
        self.__dict__.update({each: getattr(compiled, each) for each in public})
        return getattr(compiled, name)
