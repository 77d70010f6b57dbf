"""grpcio as a server for our client: `python grpcio_server.py cert.pem key.pem folder`.

Twice, with the default limits and with 32 MiB for a message, each over TCP, TLS and a unix socket. Prints
`READY tcp tls unix big-tcp big-tls big-unix`; ends with its standard input; the line `shutdown` there stops the first
server gracefully and lets it listen again.
"""

import queue
import sys
import threading
import time
from concurrent import futures

import grpc
from checks import BIG_OPTIONS, echo_grpc, echo_pb2, status_pb2
from google.protobuf import any_pb2


class Echo(echo_grpc.EchoServiceServicer):
    """What echo.proto says. Metadata `x-…` comes back as `echoed-x-…`, in the header and in the trailer."""

    def __init__(self, events):
        self.events = events

    def echo_metadata(self, context):
        echoed = [("echoed-" + key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]
        if ("echoed-x-compress", "gzip") in echoed:
            context.set_compression(grpc.Compression.Gzip)
        context.send_initial_metadata(echoed)
        context.set_trailing_metadata(echoed)

    def Echo(self, request, context):
        self.echo_metadata(context)
        return echo_pb2.EchoResponse(text=request.text, data=request.data)

    def Count(self, request, context):
        for number in range(1, request.to + 1):
            if request.interval_ms and number > 1:
                time.sleep(request.interval_ms / 1000)
            yield echo_pb2.CountResponse(number=number, payload=bytes(request.payload_bytes))

    def Sum(self, requests, context):
        numbers = [request.number for request in requests]
        return echo_pb2.SumResponse(sum=sum(numbers), count=len(numbers))

    def Converse(self, requests, context):
        self.echo_metadata(context)
        for request in requests:
            yield echo_pb2.ConverseResponse(text=request.text, data=request.data)

    def Fail(self, request, context):
        if request.code:
            code = next(code for code in grpc.StatusCode if code.value[0] == request.code)
            context.abort(code, request.message)
        return echo_pb2.FailResponse()

    def Wait(self, request, context):
        over = threading.Event()
        context.add_callback(over.set)
        remaining = context.time_remaining()  # centuries when there is no deadline
        self.events.put(f"started {round(remaining * 1000) if remaining < 86_400 else -1}")
        if over.wait(request.milliseconds / 1000):
            self.events.put("cancelled")
        return echo_pb2.WaitResponse()


class Probe(grpc.GenericRpcHandler):
    """Methods whose messages are bytes."""

    def __init__(self, events):
        self.handlers = {
            "/jumpstarter.v1.RouterService/Stream": grpc.stream_stream_rpc_method_handler(lambda r, _: r),
            "/probe.Probe/Echo": grpc.stream_stream_rpc_method_handler(lambda r, _: r),
            "/probe.Probe/LeaveEarly": grpc.stream_stream_rpc_method_handler(self.leave_early),
            "/probe.Probe/FailWithDetail": grpc.unary_unary_rpc_method_handler(self.fail_with_detail),
            "/probe.Probe/FailAfter": grpc.stream_stream_rpc_method_handler(self.fail_after),
            "/probe.Probe/Zeros": grpc.unary_unary_rpc_method_handler(lambda request, _: bytes(int(request))),
            "/probe.Probe/NextEvent": grpc.unary_unary_rpc_method_handler(lambda _, __: events.get(timeout=20).encode()),
        }

    def service(self, details):
        return self.handlers.get(details.method)

    def leave_early(self, requests, context):
        for _ in range(3):
            next(requests)
        yield b"enough"

    def fail_after(self, requests, context):
        yield b"one"
        yield b"two"
        context.set_trailing_metadata([("x-hint", "look")])
        context.abort(grpc.StatusCode.DATA_LOSS, "broke off")

    def fail_with_detail(self, request, context):
        detail = any_pb2.Any()
        detail.Pack(echo_pb2.EchoRequest(text="détail", data=b"\x00\xff"))
        status = status_pb2.Status(code=9, message="see details", details=[detail])
        context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString()), ("x-hint", "look")])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "see details")


def serve(links, options=()):
    """Starts a server on `links`, pairs of address and credentials; returns it with its ports."""
    events = queue.Queue()
    server = grpc.server(futures.ThreadPoolExecutor(64), options=[*options, ("grpc.so_reuseport", 0)])
    echo_grpc.add_EchoServiceServicer_to_server(Echo(events), server)
    server.add_generic_rpc_handlers((Probe(events),))
    ports = [
        server.add_insecure_port(address) if credentials is None else server.add_secure_port(address, credentials)
        for address, credentials in links
    ]
    server.start()
    return server, ports


def main(cert_file, key_file, folder):
    with open(cert_file, "rb") as cert, open(key_file, "rb") as key:
        tls = grpc.ssl_server_credentials([(key.read(), cert.read())])
    paths = [f"{folder}/default.sock", f"{folder}/big.sock"]
    server, (tcp_port, tls_port, _) = serve([("127.0.0.1:0", None), ("127.0.0.1:0", tls), (f"unix:{paths[0]}", None)])
    big, (big_tcp, big_tls, _) = serve([("127.0.0.1:0", None), ("127.0.0.1:0", tls), (f"unix:{paths[1]}", None)], BIG_OPTIONS)
    print("READY", tcp_port, tls_port, paths[0], big_tcp, big_tls, paths[1], flush=True)
    for line in sys.stdin:
        if line.strip() != "shutdown":
            continue
        server.stop(grace=20).wait()
        links = [(f"127.0.0.1:{tcp_port}", None), (f"127.0.0.1:{tls_port}", tls), (f"unix:{paths[0]}", None)]
        server, _ = serve(links)
        print("AGAIN", flush=True)
    server.stop(0)
    big.stop(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
