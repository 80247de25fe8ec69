"""Full-text search: the index (`indexing`), query `words`, queries (`finding`), snippets
(`excerpts`)."""

from .excerpts import Excerpt, excerpt, marks
from .finding import Hit, Passage, find, find_passages, passages_with
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
    "Excerpt",
    "Hit",
    "Passage",
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
