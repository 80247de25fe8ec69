"""Full-text search: the index (`indexing`), query `words`, queries (`finding`), snippets
(`excerpts`)."""

from .excerpts import Snippet, excerpt, marks
from .finding import FoundPassage, Hit, find, find_passages, passages_with
from .indexing import (
    check,
    findable,
    index,
    index_next,
    index_transcript,
    mark_unindexed,
    unindex,
    unindex_transcript,
)
from .words import folded, words_of

__all__ = [
    "FoundPassage",
    "Hit",
    "Snippet",
    "check",
    "excerpt",
    "find",
    "find_passages",
    "findable",
    "folded",
    "index",
    "index_next",
    "index_transcript",
    "mark_unindexed",
    "marks",
    "passages_with",
    "unindex",
    "unindex_transcript",
    "words_of",
]
