"""The loopback Gemini over gRPC, for the older SDK: the same scripts, quotas and books.

It uses grpc's threaded server, since two event loops do not share grpc.aio well.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .certificates import Certificate
from .gemini_events import make_events
from .gemini_office import Office, Quota, Refusal, refusal
from .gemini_script import Answering, Script, Seen

_SERVICE = "google.ai.generativelanguage.v1beta.GenerativeService"


class FakeGeminiGrpc:
    """The server; attributes and methods as those of `FakeGemini`, faults as gRPC has them."""

    def __init__(
        self,
        script: Answering | None = None,
        *,
        quota: Quota | None = None,
        keys: set[str] | None = None,
        retired: Mapping[str, str] | None = None,
        cache_minimum: int = 4096,
        certificate: Certificate | None = None,
    ) -> None:
        self._certificate = certificate
        self.office = Office(
            script if script is not None else Script(),
            quota or Quota(),
            keys=keys,
            retired=retired or {},
            cache_minimum=cache_minimum,
        )
        self._port = 0
        self._server: Any = None

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Seen]:
        with self.office.changed:
            return list(self.office.requests)

    @property
    def script(self) -> Answering:
        return self.office.script

    @script.setter
    def script(self, script: Answering) -> None:
        self.office.script = script

    def wait_for(self, condition: Callable[[FakeGeminiGrpc], Any], within: float = 5.0) -> bool:
        with self.office.changed:
            return bool(self.office.changed.wait_for(lambda: condition(self), within))

    async def until(self, condition: Callable[[FakeGeminiGrpc], Any], within: float = 5.0) -> bool:
        return await asyncio.to_thread(self.wait_for, condition, within)

    def __enter__(self) -> FakeGeminiGrpc:
        import grpc
        from google.ai.generativelanguage_v1beta import (
            GenerateContentRequest,
            GenerateContentResponse,
        )

        handler = grpc.unary_stream_rpc_method_handler(
            self._stream,
            request_deserializer=GenerateContentRequest.deserialize,
            response_serializer=GenerateContentResponse.serialize,
        )
        service = grpc.method_handlers_generic_handler(_SERVICE, {"StreamGenerateContent": handler})
        self._server = grpc.server(ThreadPoolExecutor(max_workers=32))
        self._server.add_generic_rpc_handlers((service,))
        if self._certificate is None:
            self._port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            pair = (self._certificate.key.read_bytes(), self._certificate.certificate.read_bytes())
            trust = grpc.ssl_server_credentials([pair])
            self._port = self._server.add_secure_port("127.0.0.1:0", trust)
        self._server.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.stop(None).wait(10)

    def _stream(self, request: Any, context: Any) -> Iterator[Any]:
        from google.ai.generativelanguage_v1beta import GenerateContentRequest

        gone = threading.Event()
        context.add_callback(gone.set)
        body = GenerateContentRequest.to_dict(request, use_integers_for_enums=False)
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        model = request.model.removeprefix("models/")
        seen = self.office.receive(
            "GRPC",
            f"/{_SERVICE}/models/{model}:streamGenerateContent",
            model=model,
            key=metadata.get("x-goog-api-key", ""),
            body=body,
            headers=metadata,
        )
        admitted = False
        complete = False
        try:
            refused = self.office.admit(seen)
            if refused is not None:
                complete = True
                _abort(context, seen, refused)
            admitted = True
            script = self.office.script_for(seen)
            begun = time.monotonic()
            first = script.seconds / 10 if script.first_byte_s is None else script.first_byte_s
            if gone.wait(first):
                return
            if script.fail:
                complete = True
                if script.fail == "reset":
                    context.abort(_code("UNAVAILABLE"), "Socket closed")
                _abort(context, seen, refusal(script.fail, model=model, wait=script.retry_after_s))
            seen.status = 200
            self.office.began(seen)
            events = make_events(seen, script.but(thoughts=0))
            stop_at = int(len(events) * script.fault_at) if script.fault else len(events)
            for number, event in enumerate(events[:stop_at]):
                due = begun + first + (script.seconds - first) * number / max(1, len(events) - 1)
                if gone.wait(max(0.0, due - time.monotonic())):
                    return
                with self.office.changed:
                    seen.chunks_sent += 1
                    usage = event.get("usageMetadata", {})
                    seen.output_tokens = usage.get("candidatesTokenCount", 0)
                    self.office.changed.notify_all()
                yield _message(event)
            match script.fault:
                case "" | "cut":
                    complete = True
                case "stall":
                    gone.wait()
                case "error":
                    complete = True
                    _abort(context, seen, refusal("overloaded", wait=script.retry_after_s))
                case _:
                    complete = True
                    context.abort(_code("UNAVAILABLE"), "Connection reset by peer")
        finally:
            seen.closed_early = not complete
            self.office.leave(seen, admitted=admitted)


def _message(event: dict[str, Any]) -> Any:
    from google.ai.generativelanguage_v1beta import GenerateContentResponse
    from google.protobuf.json_format import ParseDict

    message = GenerateContentResponse.pb(GenerateContentResponse())
    return GenerateContentResponse.wrap(ParseDict(event, message, ignore_unknown_fields=True))


def _code(name: str) -> Any:
    import grpc

    return grpc.StatusCode[name]


def _abort(context: Any, seen: Seen, refused: Refusal) -> None:
    """End the call with an error and its details, as the real service does."""
    from google.protobuf import any_pb2, json_format
    from google.rpc import code_pb2, error_details_pb2, status_pb2
    from grpc_status import rpc_status

    seen.status = refused.status
    details = []
    for entry in refused.details:
        kind = getattr(error_details_pb2, entry["@type"].rpartition(".")[2])
        plain = {key: value for key, value in entry.items() if key != "@type"}
        packed = any_pb2.Any()
        packed.Pack(json_format.ParseDict(plain, kind(), ignore_unknown_fields=True))
        details.append(packed)
    status = status_pb2.Status(
        code=code_pb2.Code.Value(refused.code), message=refused.message, details=details
    )
    context.abort_with_status(rpc_status.to_status(status))
