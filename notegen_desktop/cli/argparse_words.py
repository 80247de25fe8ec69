"""Translates argparse's own texts into the language of the program.

argparse uses the names `_` and `ngettext` of its module; `speak_argparse` replaces them by ours.
The texts are those of its source, marked here for the catalogues.
"""

from __future__ import annotations

import argparse

from notegen_desktop.domain.words import N_, _, ngettext

TEXTS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
)


def speak_argparse() -> None:
    vars(argparse).update(_=_, ngettext=ngettext)
