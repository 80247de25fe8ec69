"""What the runner and the widgets expect of the world, as narrow protocols.

Adapters fulfil them; tests hold each adapter and its fake to the same contract suite. A room of
this package is imported when the first of its names is asked for: the window is painted before
most of them are needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asking import (
        Asked as Asked,
    )
    from .asking import (
        Asking as Asking,
    )
    from .asking import (
        QuestionStore as QuestionStore,
    )
    from .batches import (
        Batch as Batch,
    )
    from .batches import (
        BatchRequest as BatchRequest,
    )
    from .batches import (
        BatchState as BatchState,
    )
    from .batches import (
        BatchWriter as BatchWriter,
    )
    from .following import (
        FollowedStore as FollowedStore,
    )
    from .following import (
        Following as Following,
    )
    from .following import (
        Looked as Looked,
    )
    from .machine import (
        KEY_RING_MOMENT_S as KEY_RING_MOMENT_S,
    )
    from .machine import (
        Connections as Connections,
    )
    from .machine import (
        Exporter as Exporter,
    )
    from .machine import (
        FileRead as FileRead,
    )
    from .machine import (
        ReleaseWatch as ReleaseWatch,
    )
    from .machine import (
        SavedFile as SavedFile,
    )
    from .machine import (
        Secrets as Secrets,
    )
    from .machine import (
        SettingsStore as SettingsStore,
    )
    from .machine import (
        TemplateEntry as TemplateEntry,
    )
    from .machine import (
        TemplateOrigin as TemplateOrigin,
    )
    from .machine import (
        Templates as Templates,
    )
    from .notes import (
        ALL_NOTES as ALL_NOTES,
    )
    from .notes import (
        Facets as Facets,
    )
    from .notes import (
        FilesWanted as FilesWanted,
    )
    from .notes import (
        NoteFilter as NoteFilter,
    )
    from .notes import (
        NoteStamp as NoteStamp,
    )
    from .notes import (
        NoteStore as NoteStore,
    )
    from .notes import (
        NoteSummary as NoteSummary,
    )
    from .notes import (
        Order as Order,
    )
    from .notes import (
        PassageFound as PassageFound,
    )
    from .notes import (
        VideoNotes as VideoNotes,
    )
    from .notes import (
        VideoOrder as VideoOrder,
    )
    from .practice import (
        PracticeCounts as PracticeCounts,
    )
    from .practice import (
        PracticeStore as PracticeStore,
    )
    from .program import (
        NO_LIBRARY as NO_LIBRARY,
    )
    from .program import (
        NO_NETWORK as NO_NETWORK,
    )
    from .program import (
        PAUSED as PAUSED,
    )
    from .program import (
        Activity as Activity,
    )
    from .program import (
        ActivityMonitor as ActivityMonitor,
    )
    from .program import (
        AgainOrder as AgainOrder,
    )
    from .program import (
        JobEstimate as JobEstimate,
    )
    from .program import (
        JobQueue as JobQueue,
    )
    from .program import (
        NoteRunner as NoteRunner,
    )
    from .program import (
        OrderEstimate as OrderEstimate,
    )
    from .program import (
        PicturesTaken as PicturesTaken,
    )
    from .program import (
        Preflight as Preflight,
    )
    from .program import (
        Services as Services,
    )
    from .program import (
        Today as Today,
    )
    from .program import (
        Unfinished as Unfinished,
    )
    from .records import (
        NO_LIMIT as NO_LIMIT,
    )
    from .records import (
        Checkup as Checkup,
    )
    from .records import (
        Counter as Counter,
    )
    from .records import (
        Holder as Holder,
    )
    from .records import (
        Journal as Journal,
    )
    from .records import (
        KeptDraft as KeptDraft,
    )
    from .records import (
        Ledger as Ledger,
    )
    from .records import (
        Limit as Limit,
    )
    from .records import (
        PoolSettings as PoolSettings,
    )
    from .records import (
        PoolUse as PoolUse,
    )
    from .records import (
        Repaired as Repaired,
    )
    from .records import (
        RequestRecord as RequestRecord,
    )
    from .records import (
        Reservation as Reservation,
    )
    from .records import (
        SentRequest as SentRequest,
    )
    from .records import (
        UnfinishedJob as UnfinishedJob,
    )
    from .records import (
        UnfinishedRun as UnfinishedRun,
    )
    from .records import (
        UsageRow as UsageRow,
    )
    from .sources import (
        MAX_UPLOAD_BYTES as MAX_UPLOAD_BYTES,
    )
    from .sources import (
        Latest as Latest,
    )
    from .sources import (
        LinkSource as LinkSource,
    )
    from .sources import (
        Material as Material,
    )
    from .sources import (
        MediaRef as MediaRef,
    )
    from .sources import (
        PictureSource as PictureSource,
    )
    from .sources import (
        SpeechModel as SpeechModel,
    )
    from .sources import (
        SpeechModelStore as SpeechModelStore,
    )
    from .sources import (
        SpeechToText as SpeechToText,
    )
    from .sources import (
        Uploads as Uploads,
    )
    from .sources import (
        VideoSource as VideoSource,
    )
    from .trials import (
        SentPrompt as SentPrompt,
    )
    from .trials import (
        TemplateTrials as TemplateTrials,
    )
    from .trials import (
        TrialEstimate as TrialEstimate,
    )
    from .vault import (
        KeptPage as KeptPage,
    )
    from .vault import (
        NoteVault as NoteVault,
    )
    from .vault import (
        VaultBegun as VaultBegun,
    )
    from .vault import (
        VaultBy as VaultBy,
    )
    from .vault import (
        VaultForm as VaultForm,
    )
    from .vault import (
        VaultOrder as VaultOrder,
    )
    from .vault import (
        VaultReport as VaultReport,
    )
    from .writers import (
        GEMINI_FACTS as GEMINI_FACTS,
    )
    from .writers import (
        Allowance as Allowance,
    )
    from .writers import (
        Assignment as Assignment,
    )
    from .writers import (
        ModelCatalogue as ModelCatalogue,
    )
    from .writers import (
        ModelFacts as ModelFacts,
    )
    from .writers import (
        ModelInfo as ModelInfo,
    )
    from .writers import (
        Models as Models,
    )
    from .writers import (
        NoteWriter as NoteWriter,
    )
    from .writers import (
        ServerModels as ServerModels,
    )
    from .writers import (
        Speed as Speed,
    )
    from .writers import (
        Unit as Unit,
    )
    from .writers import (
        Writing as Writing,
    )

_NAMES = {
    "asking": (
        "Asked",
        "Asking",
        "QuestionStore",
    ),
    "batches": (
        "Batch",
        "BatchRequest",
        "BatchState",
        "BatchWriter",
    ),
    "following": (
        "FollowedStore",
        "Following",
        "Looked",
    ),
    "machine": (
        "KEY_RING_MOMENT_S",
        "Connections",
        "Exporter",
        "FileRead",
        "ReleaseWatch",
        "SavedFile",
        "Secrets",
        "SettingsStore",
        "TemplateEntry",
        "TemplateOrigin",
        "Templates",
    ),
    "notes": (
        "ALL_NOTES",
        "Facets",
        "FilesWanted",
        "NoteFilter",
        "NoteStamp",
        "NoteStore",
        "NoteSummary",
        "Order",
        "PassageFound",
        "VideoNotes",
        "VideoOrder",
    ),
    "practice": (
        "PracticeCounts",
        "PracticeStore",
    ),
    "program": (
        "NO_LIBRARY",
        "NO_NETWORK",
        "PAUSED",
        "Activity",
        "ActivityMonitor",
        "AgainOrder",
        "JobEstimate",
        "JobQueue",
        "NoteRunner",
        "OrderEstimate",
        "PicturesTaken",
        "Preflight",
        "Services",
        "Today",
        "Unfinished",
    ),
    "records": (
        "NO_LIMIT",
        "Checkup",
        "Counter",
        "Holder",
        "Journal",
        "KeptDraft",
        "Ledger",
        "Limit",
        "PoolSettings",
        "PoolUse",
        "Repaired",
        "RequestRecord",
        "Reservation",
        "SentRequest",
        "UnfinishedJob",
        "UnfinishedRun",
        "UsageRow",
    ),
    "sources": (
        "MAX_UPLOAD_BYTES",
        "Latest",
        "LinkSource",
        "Material",
        "MediaRef",
        "PictureSource",
        "SpeechModel",
        "SpeechModelStore",
        "SpeechToText",
        "Uploads",
        "VideoSource",
    ),
    "trials": (
        "SentPrompt",
        "TemplateTrials",
        "TrialEstimate",
    ),
    "vault": (
        "KeptPage",
        "NoteVault",
        "VaultBegun",
        "VaultBy",
        "VaultForm",
        "VaultOrder",
        "VaultReport",
    ),
    "writers": (
        "GEMINI_FACTS",
        "Allowance",
        "Assignment",
        "ModelCatalogue",
        "ModelFacts",
        "ModelInfo",
        "Models",
        "NoteWriter",
        "ServerModels",
        "Speed",
        "Unit",
        "Writing",
    ),
}
_ROOMS = {name: room for room, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    return found
