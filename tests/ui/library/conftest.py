"""Fixture of the library page with an in-memory store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.library.page import LibraryPage
from tests.fakes.services import FakeServices
from tests.ui.conftest import until


@pytest.fixture
async def page(qtbot, fakes: FakeServices) -> AsyncIterator[LibraryPage]:
    services: Deferred[Services] = Deferred()
    tasks = Tasks()
    page = LibraryPage(services, tasks)
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.set_templates(fakes.templates.all())
    page.show()
    services.set(fakes.ports)
    await until(lambda: not len(tasks))
    yield page
    await tasks.aclose()
