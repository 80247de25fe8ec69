"""`notegen usage`: the usage of requests, and the rest of budgets."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import NO_LIMIT, Counter
from notegen_desktop.wiring import open_program

from .console import print_json, print_table


def _counter(counter: Counter) -> dict[str, object]:
    """Return a counter for JSON; without a budget its limit is null."""
    limit = None if counter.limit >= NO_LIMIT else counter.limit
    return {**asdict(counter), "limit": limit}


async def usage(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    async with open_program(store, paths, JobBoard()) as program:
        rows = await program.library.ledger.usage()
        counters = await program.library.ledger.counters()
        pool = program.library.pool_use()
    if arguments.json:
        print_json(
            {
                "days": [asdict(row) for row in rows],
                "reservations": [_counter(counter) for counter in counters],
                "pool": {**asdict(pool), "share": pool.share},
            }
        )
        return 0
    if not rows:
        print(_("No requests so far."))
    else:
        head = (
            *(_("day"), _("model"), _("template"), _("requests"), _("failed"), _("limited")),
            *(_("input"), _("cached"), _("output"), _("cost"), _("estimated")),
        )
        print_table(
            [
                head,
                *(
                    (
                        row.day,
                        row.model,
                        row.template,
                        str(row.requests),
                        str(row.failed),
                        str(row.rate_limited),
                        f"{row.input_tokens:,}",
                        f"{row.cached_tokens:,}",
                        f"{row.output_tokens + row.thought_tokens:,}",
                        f"${row.cost_usd:.4f}",
                        f"${row.estimated_cost_usd:.4f}",
                    )
                    for row in rows
                ),
            ]
        )
        cost = sum(row.cost_usd for row in rows)
        estimated = sum(row.estimated_cost_usd for row in rows)
        print(
            _("in all: ${cost}, estimated ${estimated}").format(
                cost=number(cost, 4), estimated=number(estimated, 4)
            )
        )
    for counter in counters:
        limit = (
            _("no limit")
            if counter.limit >= NO_LIMIT
            else _("of ${limit}").format(limit=number(counter.limit, 2))
        )
        print(
            _("budget {period}: ${used} used, {limit}, ${reserved} of it reserved").format(
                period=counter.period,
                used=number(counter.used, 4),
                limit=limit,
                reserved=number(counter.reserved, 4),
            )
        )
    in_flight = max((counter.in_flight for counter in counters), default=0)
    print(
        ngettext("now: {n} request in flight", "now: {n} requests in flight", in_flight).format(
            n=number(in_flight)
        )
    )
    print(
        _("database connections: {in_use} of {most} in use").format(
            in_use=pool.in_use, most=pool.most
        )
    )
    return 0
