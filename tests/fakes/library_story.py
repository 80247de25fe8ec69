"""Twenty notes stored at once, looked for and checked, as a program of its own: PATH MODEL."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from notegen_desktop.services.library import open_library

from .notes import a_note, a_request


async def story(path: Path, model: str) -> list[str]:
    """The journal mode of the library, and how many notes are in it afterwards."""
    library = open_library(path=path, maintenance_after_s=0)
    await asyncio.gather(
        *(library.store.save(a_note(), a_request(model=f"{model}{n}")) for n in range(20))
    )
    library._maintenance.join()
    assert await library.store.search("memory") is not None
    told = [library._database.access.journal, str(len(await library.store.recent()))]
    assert (await library.check()).ok
    await library.aclose()
    return told


if __name__ == "__main__":
    print(*asyncio.run(story(Path(sys.argv[1]), sys.argv[2])))
