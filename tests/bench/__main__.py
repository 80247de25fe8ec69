"""`python -m tests.bench [--json FILE] [ROOM…]`: one JSON object with every figure."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from . import (
    addresses,
    asking,
    completion,
    cost,
    editing,
    grid,
    hostile,
    kills,
    languages,
    library,
    limits,
    long,
    offline,
    opening,
    pacing,
    parallel,
    practice,
    programs,
    providers,
    quality,
    queue,
    selecting,
    startup,
    storm,
    troubles,
    vault,
)

ROOMS = {
    "startup": startup.measure,
    "languages": languages.measure,
    "offline": offline.measure,
    "parallel": parallel.measure,
    "pacing": pacing.measure,
    "grid": grid.measure,
    "queue": queue.measure,
    "cost": cost.measure,
    "limits": limits.measure,
    "providers": providers.measure,
    "storm": storm.measure,
    "kills": kills.measure,
    "completion": completion.measure,
    "troubles": troubles.measure,
    "programs": programs.measure,
    "quality": quality.measure,
    "long": long.measure,
    "opening": opening.measure,
    "library": library.measure,
    "selecting": selecting.measure,
    "addresses": addresses.measure,
    "asking": asking.measure,
    "vault": vault.measure,
    "practice": practice.measure,
    "editing": editing.measure,
    "hostile": hostile.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(ROOMS))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rooms if name not in ROOMS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(ROOMS)}")
    figures: dict[str, float] = {}
    for name, measure in ROOMS.items():
        if arguments.rooms and name not in arguments.rooms:
            continue
        begun = time.monotonic()
        figures |= measure()
        print(f"{name}: {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
    text = json.dumps(figures, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
