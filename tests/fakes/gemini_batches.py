"""Batch API of the loopback Gemini: creates and lists batches, which are done after some polls."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PREFIX = "type.googleapis.com/google.ai.generativelanguage.v1beta."


@dataclass
class TakenBatch:
    """A stored batch; `answers` are written when it is first reported as done."""

    name: str
    model: str
    title: str
    requests: list[dict[str, Any]]
    at: float
    cancelled: bool = False
    looks: int = 0
    answers: list[dict[str, Any]] | None = None

    @property
    def keys(self) -> list[str]:
        return [each["metadata"]["key"] for each in self.requests]


@dataclass
class Batches:
    """State of the Batch API. Attributes may be changed while the server runs.

    looks: number of polls for which a batch is RUNNING. ends: its final state. errors: error
    instead of an answer, by key. hang: "before" or "after" the batch is stored, its request gets no
    answer; "broken" closes the connection after storing. state_prefix: as in the REST API or the
    SDK.
    """

    looks: int = 0
    ends: str = "SUCCEEDED"
    errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    hang: str = ""
    state_prefix: str = "BATCH_STATE_"
    taken: list[TakenBatch] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """Keys of all stored requests, with repetitions."""
        return [key for batch in self.taken for key in batch.keys]

    def take(self, model: str, body: dict[str, Any]) -> TakenBatch:
        told = body["batch"]
        requests = told["inputConfig"]["requests"]["requests"]
        name = f"batches/b{len(self.taken) + 1}"
        batch = TakenBatch(name, model, told["displayName"], requests, time.time())
        self.taken.append(batch)
        return batch

    def find(self, name: str) -> TakenBatch | None:
        return next((batch for batch in self.taken if batch.name == name), None)

    def told(
        self, batch: TakenBatch, answer: Callable[[TakenBatch, dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the operation of a batch, with its answers once it is done."""
        state = self.ends if batch.looks > self.looks else "RUNNING"
        state = "CANCELLED" if batch.cancelled else "PENDING" if not batch.looks else state
        facts: dict[str, Any] = {
            "@type": f"{PREFIX}GenerateContentBatch",
            "model": f"models/{batch.model}",
            "displayName": batch.title,
            "createTime": _time(batch.at),
            "updateTime": _time(batch.at),
            "state": f"{self.state_prefix}{state}",
            "name": batch.name,
            "batchStats": {"requestCount": str(len(batch.requests))},
        }
        operation = {"name": batch.name, "metadata": facts}
        if state in ("PENDING", "RUNNING"):
            return operation
        facts["endTime"] = _time(batch.at + 60)
        operation["done"] = True
        if state == "SUCCEEDED":
            if batch.answers is None:
                batch.answers = [self._answer(batch, each, answer) for each in batch.requests]
            output = {"inlinedResponses": {"inlinedResponses": batch.answers}}
            facts["output"] = output
            operation["response"] = {"@type": f"{PREFIX}GenerateContentBatchOutput", **output}
        elif state == "FAILED":
            operation["error"] = {"code": 13, "message": "Batch processing failed."}
        return operation

    def _answer(
        self,
        batch: TakenBatch,
        request: dict[str, Any],
        answer: Callable[[TakenBatch, dict[str, Any]], dict[str, Any]],
    ) -> dict[str, Any]:
        metadata = request["metadata"]
        if error := self.errors.get(metadata["key"]):
            return {"error": error, "metadata": metadata}
        return {"response": answer(batch, request["request"]), "metadata": metadata}


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.123456789Z"
