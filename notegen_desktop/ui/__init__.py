"""The window and its widgets: they show the state of the job board and emit user requests.

The program uses `window.main_window`, which connects the rooms; these do not import each other.
`kit` is shared by all of them: theme, tasks, messages, small widgets.
"""

import sys

import PySide6.QtCore  # noqa: F401  loads the module looked up below

# After each import PySide reads the module's source, in search of `from __feature__ import …`, and
# Python keeps the text: 28 MB and 0.1 s until the engines are loaded. The feature is not used here.
_feature = sys.modules.get("shibokensupport.feature")
if hasattr(_feature, "_mod_uses_pyside"):
    setattr(_feature, "_mod_uses_pyside", lambda module: False)  # noqa: B010
