"""The window and its widgets: they show the state of the job board and emit user requests.

The program uses `window.main_window`, which connects the rooms; these do not import each other.
`kit` is shared by all of them: theme, tasks, messages, small widgets.
"""

import sys

import PySide6.QtCore  # noqa: F401  brings the module that is looked up below

# PySide reads the source of every module imported from here on, to see whether it may switch on
# `from __feature__ import …`, and Python keeps all that text: 28 MB and a tenth of a second by the
# time the engines are there. Nobody here switches anything on.
_feature = sys.modules.get("shibokensupport.feature")
if hasattr(_feature, "_mod_uses_pyside"):
    setattr(_feature, "_mod_uses_pyside", lambda module: False)  # noqa: B010
