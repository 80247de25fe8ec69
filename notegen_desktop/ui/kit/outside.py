"""Opens links, folders and files in other programs, and says where nothing does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from notegen_desktop.services.machine.desktop_entry import something_opens
from notegen_desktop.services.machine.files import users_umask

from .messages import Message
from .tasks import Tasks, in_thread


def open_outside(
    url: QUrl, tasks: Tasks, tell: Callable[[Message], object], *, what: str = "link"
) -> bool:
    """Open an address in the program the system has for it; `what` it is, is said if none is.

    Returns whether the system took it. It takes some that nothing is registered for: that is looked
    up beside the window's thread, and said then.
    """
    address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    refusal = Message(
        f"Nothing on this computer opened the {what}.",
        url.toLocalFile() if url.isLocalFile() else address,
        "warning",
        action="Copy Path" if url.isLocalFile() else "Copy Address",
        on_action=lambda: QGuiApplication.clipboard().setText(refusal.hint),
    )
    with users_umask():
        taken = QDesktopServices.openUrl(url)
    if not taken:
        tell(refusal)
    elif tasks.can_start:
        tasks.start(
            in_thread(something_opens, address),
            done=lambda opens: None if opens else tell(refusal),
            failed=lambda _: None,
        )
    return taken
