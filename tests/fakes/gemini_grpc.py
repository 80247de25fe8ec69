"""The loopback Gemini over gRPC, for the older SDK, with the same scripts and quotas.

It uses grpc's threaded server, because two event loops cannot share grpc.aio well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .gemini_events import make_events
from .gemini_script import Answering, Seen
from .gemini_serving import Serving
from .gemini_state import Refusal, refusal

_SERVICE = "google.ai.generativelanguage.v1beta.GenerativeService"


class FakeGeminiGrpc(Serving):
    """The gRPC server; same interface as `FakeGemini`, with gRPC errors."""

    def __init__(self, script: Answering | None = None, **settings: Any) -> None:
        super().__init__(script, **settings)
        self._server: Any = None

    @property
    def requests(self) -> list[Seen]:
        return self.all_requests

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
        seen = self.state.receive(
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
            refused = self.state.admit(seen)
            if refused is not None:
                complete = True
                _abort(context, seen, refused)
            admitted = True
            script = self.state.script_for(seen)
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
            self.state.began(seen)
            events = make_events(seen, script.but(thoughts=0))
            stop_at = int(len(events) * script.fault_at) if script.fault else len(events)
            for number, event in enumerate(events[:stop_at]):
                due = begun + first + (script.seconds - first) * number / max(1, len(events) - 1)
                if gone.wait(max(0.0, due - time.monotonic())):
                    return
                with self.state.changed:
                    seen.chunks_sent += 1
                    usage = event.get("usageMetadata", {})
                    seen.output_tokens = usage.get("candidatesTokenCount", 0)
                    self.state.changed.notify_all()
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
            self.state.leave(seen, admitted=admitted)


def _message(event: dict[str, Any]) -> Any:
    from google.ai.generativelanguage_v1beta import GenerateContentResponse
    from google.protobuf.json_format import ParseDict

    message = GenerateContentResponse.pb(GenerateContentResponse())
    return GenerateContentResponse.wrap(ParseDict(event, message, ignore_unknown_fields=True))


def _code(name: str) -> Any:
    import grpc

    return grpc.StatusCode[name]


def _abort(context: Any, seen: Seen, refused: Refusal) -> None:
    """End the call with an error and its details, like the real service."""
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
