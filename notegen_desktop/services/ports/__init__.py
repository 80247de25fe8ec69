"""What the runner and the widgets expect of the world, as narrow protocols.

Adapters fulfil them; tests hold each adapter and its fake to the same contract suite.
"""

from __future__ import annotations

from .machine import (
    KEY_RING_MOMENT_S,
    Exporter,
    SavedFile,
    Secrets,
    SettingsStore,
    Templates,
    Thumbnails,
)
from .notes import FilesWanted, NoteStore, NoteSummary, Order
from .program import (
    PAUSED,
    Activity,
    ActivityMonitor,
    JobEstimate,
    JobQueue,
    NoteRunner,
    OrderEstimate,
    Preflight,
    Services,
    Today,
)
from .records import (
    Checkup,
    Counter,
    Holder,
    Journal,
    KeptDraft,
    Ledger,
    Limit,
    PoolSettings,
    PoolUse,
    Repaired,
    RequestRecord,
    Reservation,
    UnfinishedJob,
    UnfinishedRun,
    UsageRow,
)
from .sources import MAX_UPLOAD_BYTES, Material, MediaRef, SpeechToText, Uploads, VideoSource
from .writers import Assignment, ModelCatalogue, ModelInfo, NoteWriter, Writing

__all__ = [
    "KEY_RING_MOMENT_S",
    "MAX_UPLOAD_BYTES",
    "PAUSED",
    "Activity",
    "ActivityMonitor",
    "Assignment",
    "Checkup",
    "Counter",
    "Exporter",
    "FilesWanted",
    "Holder",
    "JobEstimate",
    "JobQueue",
    "Journal",
    "KeptDraft",
    "Ledger",
    "Limit",
    "Material",
    "MediaRef",
    "ModelCatalogue",
    "ModelInfo",
    "NoteRunner",
    "NoteStore",
    "NoteSummary",
    "NoteWriter",
    "Order",
    "OrderEstimate",
    "PoolSettings",
    "PoolUse",
    "Preflight",
    "Repaired",
    "RequestRecord",
    "Reservation",
    "SavedFile",
    "Secrets",
    "Services",
    "SettingsStore",
    "SpeechToText",
    "Templates",
    "Thumbnails",
    "Today",
    "UnfinishedJob",
    "UnfinishedRun",
    "Uploads",
    "UsageRow",
    "VideoSource",
    "Writing",
]
