"""Ports: the narrow protocols by which the runner and the widgets use the adapters.

Tests hold each adapter and its fake to the same contract suite. A module of this package is
imported when the first of its names is used, since the window is painted before most are needed.
"""

# ruff: noqa: F403 - the type checker reads the rooms; at run time the table below names them once
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asking import *
    from .following import *
    from .machine import *
    from .notes import *
    from .practice import *
    from .program import *
    from .records import *
    from .sources import *
    from .trials import *
    from .vault import *
    from .writers import *

_NAMES = {
    "asking": "QuestionSubject Asking QuestionStore",
    "following": "FollowedStore Following FollowCheck",
    "machine": (
        "KEY_RING_MOMENT_S Connections Exporter FileRead ReleaseWatch SavedFile Secrets "
        "SettingsStore TemplateEntry TemplateOrigin Templates"
    ),
    "notes": (
        "ALL_NOTES Facets FilesWanted NoteFilter NoteStamp NoteStore NoteSummary Order "
        "PassageFound VideoNotes VideoOrder"
    ),
    "practice": "PracticeCounts PracticeStore",
    "program": (
        "NO_LIBRARY NO_NETWORK PAUSED Activity ActivityMonitor RewriteOrder JobEstimate "
        "JobQueue NoteRevising NoteRunner OrderEstimate PicturesTaken Preflight Services Today "
        "Unfinished"
    ),
    "records": (
        "NO_LIMIT Checkup Counter Holder Journal KeptDraft Ledger Limit PoolSettings PoolUse "
        "Repaired RequestRecord Reservation Restored SentRequest UnfinishedRun UsageRow"
    ),
    "sources": (
        "MAX_UPLOAD_BYTES Latest LinkSource Material MediaRef PictureSource SpeechModel "
        "SpeechModelStore SpeechToText Uploads VideoSource YtDlpRelease YtDlpReleases"
    ),
    "trials": "SentPrompt TemplateTrials TrialEstimate",
    "vault": "KeptPage NoteVault VaultBegun VaultBy VaultForm VaultOrder VaultReport",
    "writers": (
        "GEMINI_FACTS Allowance Assignment Batch BatchRequest BatchState BatchWriter "
        "ModelCatalogue ModelFacts ModelInfo Models NoteWriter ServerModels Speed Unit Writing"
    ),
}
_ROOMS = {name: room for room, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    return found
