"""grpcio as a client of our server: `python grpcio_client.py address big-address [ca.pem]`."""

import asyncio
import os
import queue
import sys
import threading
import time

import grpc
from checks import BIG_OPTIONS, MIB, check, echo_grpc, echo_pb2, fails, run, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

Code = grpc.StatusCode
TIMEOUT = 20


class Server:
    """Both of our servers, each with one channel."""

    def __init__(self, address, big_address, ca_file=None):
        self.address = address
        self.credentials = None
        if ca_file is not None:
            with open(ca_file, "rb") as file:
                self.credentials = grpc.ssl_channel_credentials(file.read())
        self.channel = self.open(address)
        self.big = self.open(big_address, BIG_OPTIONS)
        self.echo = echo_grpc.EchoServiceStub(self.channel)

    def open(self, address, options=()):
        if self.credentials is None:
            return grpc.insecure_channel(address, options=options)
        return grpc.secure_channel(address, self.credentials, options=options)

    def unary(self, path, channel=None):
        """A unary method whose messages are bytes."""
        return (channel or self.channel).unary_unary(path)

    def stream(self, path, channel=None):
        """A bidi method whose messages are bytes."""
        return (channel or self.channel).stream_stream(path)

    def next_event(self):
        """What became of the next call of Wait: "started", or its code and how long it ran and had left, in ms."""
        event = self.unary("/probe.Probe/NextEvent")(b"", timeout=TIMEOUT).decode()
        if event == "started":
            return event
        code, ran, left = event.split()
        return code, int(ran), int(left)


def messages(count, size=65536):
    """`count` messages that differ."""
    return [i.to_bytes(4, "big") + os.urandom(size - 4) for i in range(count)]


@check("a unary call returns what it was given")
def unary(server):
    request = echo_pb2.EchoRequest(text="Grüße", data=bytes(range(256)))
    response = server.echo.Echo(request, timeout=TIMEOUT)
    assert (response.text, response.data) == (request.text, request.data)


@check("500 unary calls in a row, 200 at once")
def many(server):
    for i in range(500):
        assert server.echo.Echo(echo_pb2.EchoRequest(text=str(i)), timeout=TIMEOUT).text == str(i)
    futures = [server.echo.Echo.future(echo_pb2.EchoRequest(text=str(i)), timeout=TIMEOUT) for i in range(200)]
    assert [future.result().text for future in futures] == [str(i) for i in range(200)]


@check("a server stream comes whole and in order")
def server_stream(server):
    responses = server.echo.Count(echo_pb2.CountRequest(to=2000, payload_bytes=100), timeout=TIMEOUT)
    assert [response.number for response in responses] == list(range(1, 2001))


@check("a client stream is summed up at half-close")
def client_stream(server):
    requests = (echo_pb2.SumRequest(number=i) for i in range(-10, 1001))
    response = server.echo.Sum(requests, timeout=TIMEOUT)
    assert (response.sum, response.count) == (sum(range(-10, 1001)), 1011)


@check("an empty client stream is answered, and an empty server stream ends")
def empty_streams(server):
    assert server.echo.Sum(iter(()), timeout=TIMEOUT).count == 0
    assert list(server.echo.Count(echo_pb2.CountRequest(to=0), timeout=TIMEOUT)) == []
    assert list(server.echo.Converse(iter(()), timeout=TIMEOUT)) == []


@check("a bidi call answers each message before the next is sent")
def lockstep(server):
    requests = queue.Queue()
    responses = server.echo.Converse(iter(requests.get, None), timeout=TIMEOUT)
    for i in range(200):
        requests.put(echo_pb2.ConverseRequest(text=str(i)))
        assert next(responses).text == str(i)
    requests.put(None)
    assert list(responses) == []
    assert responses.code() == Code.OK


@check("bytes through RouterService.Stream come back as they were")
def router(server):
    sent = messages(256)
    received = list(server.stream("/jumpstarter.v1.RouterService/Stream")(iter(sent), timeout=TIMEOUT))
    assert received == sent


@check("the answer goes on after half-close, and the call may end before it")
def half_close(server):
    sent = messages(64)
    responses = server.stream("/probe.Probe/Echo")(iter(sent), timeout=TIMEOUT)
    time.sleep(0.2)  # by now the request is half-closed; nothing was read
    assert list(responses) == sent
    stop = threading.Event()

    def endless():
        while not stop.is_set():
            yield b"more"
            time.sleep(0.01)

    left = server.stream("/probe.Probe/LeaveEarly")(endless(), timeout=TIMEOUT)
    assert list(left) == [b"enough"]
    assert left.code() == Code.OK
    stop.set()


@check("metadata, binary too, goes both ways")
def metadata(server):
    sent = [("x-name", "board, 1"), ("x-name", "board 2"), ("x-empty", ""), ("x-raw-bin", bytes(range(256))), ("x-raw-bin", b""), ("x-a-bin", b"\x00")]
    response, call = server.echo.Echo.with_call(echo_pb2.EchoRequest(), metadata=sent, timeout=TIMEOUT)
    for received in (call.initial_metadata(), call.trailing_metadata()):
        values = {}
        for name, value in received:
            values.setdefault(name, []).append(value)
        # Names that came twice come back as one, with a comma (Headers of the Fetch standard).
        assert values["echoed-x-name"] == ["board, 1, board 2"], values
        assert values["echoed-x-empty"] == [""], values
        assert values["echoed-x-a-bin"] == [b"\x00"], values
        assert b"".join(values["echoed-x-raw-bin"]) == bytes(range(256)), values


@check("initial metadata comes before the first message")
def initial_metadata(server):
    call = server.stream("/probe.Probe/Hang")(iter(()), timeout=TIMEOUT)
    assert ("x-early", "yes") in call.initial_metadata()
    assert not call.done()
    call.cancel()
    assert call.code() == Code.CANCELLED


@check("a cancelled call is cancelled in the handler")
def cancel(server):
    for _ in range(3):
        call = server.echo.Wait.future(echo_pb2.WaitRequest(milliseconds=60_000), timeout=TIMEOUT)
        assert server.next_event() == "started"
        call.cancel()
        assert call.code() == Code.CANCELLED
        code, ran, _ = server.next_event()
        assert code == "Canceled" and ran < 10_000
    responses = server.echo.Count(echo_pb2.CountRequest(to=1_000_000, payload_bytes=10_000), timeout=TIMEOUT)
    assert next(responses).number == 1
    responses.cancel()
    unary(server)


@check("a closed channel cancels its calls in the handlers")
def close_channel(server):
    channel = server.open(server.address, [("grpc.use_local_subchannel_pool", 1)])
    call = echo_grpc.EchoServiceStub(channel).Wait.future(echo_pb2.WaitRequest(milliseconds=60_000))
    assert server.next_event() == "started"
    channel.close()
    assert server.next_event()[0] == "Canceled"
    del call


@check("a deadline ends the call on both sides")
def deadline(server):
    start = time.monotonic()
    fails(Code.DEADLINE_EXCEEDED, lambda: server.echo.Wait(echo_pb2.WaitRequest(milliseconds=60_000), timeout=0.3))
    assert 0.29 < time.monotonic() - start < 5
    assert server.next_event() == "started"
    code, ran, left = server.next_event()
    # The client's RST_STREAM and the server's own clock race; both are right.
    assert code in ("DeadlineExceeded", "Canceled") and ran < 5_000 and left <= 300, (code, ran, left)
    server.echo.Wait(echo_pb2.WaitRequest(milliseconds=50), timeout=TIMEOUT)
    assert server.next_event() == "started"


@check("16 MiB messages pass where both ends raised their limits")
def big_messages(server):
    data = os.urandom(16 * MIB)
    stub = echo_grpc.EchoServiceStub(server.big)
    assert stub.Echo(echo_pb2.EchoRequest(data=data), timeout=60).data == data
    echoed = server.stream("/probe.Probe/Echo", server.big)(iter([data, b"", data]), timeout=60)
    assert [message == expected for message, expected in zip(echoed, [data, b"", data], strict=True)] == [True] * 3


@check("a message over the default limit is refused, and the connection goes on")
def refused(server):
    channel = server.open(server.address, [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)])
    echo = server.unary("/probe.Probe/Echo", channel)
    peers = server.unary("/probe.Probe/Zeros", channel)
    held = queue.Queue()
    open_stream = server.stream("/probe.Probe/Echo", channel)(iter(held.get, None), timeout=TIMEOUT)
    held.put(b"before")
    assert next(open_stream) == b"before"
    assert len(echo(bytes(4 * MIB), timeout=TIMEOUT)) == 4 * MIB
    for size in (4 * MIB + 1, 20 * MIB):
        error = fails(Code.RESOURCE_EXHAUSTED, lambda: echo(bytes(size), timeout=TIMEOUT))
        assert f"{size} vs. {4 * MIB}" in error.details(), error.details()
    fails(Code.RESOURCE_EXHAUSTED, lambda: peers(str(4 * MIB + 1).encode(), timeout=TIMEOUT))
    assert len(peers(str(4 * MIB).encode(), timeout=TIMEOUT)) == 4 * MIB
    held.put(b"after")
    assert next(open_stream) == b"after"
    held.put(None)
    assert list(open_stream) == []
    channel.close()


@check("every status code arrives, with its message in UTF-8")
def statuses(server):
    for code in Code:
        number = code.value[0]
        if number == 0:
            continue
        message = f"{number}: 100% größer\nnächste Zeile 🔌\t%41"
        error = fails(code, lambda: server.echo.Fail(echo_pb2.FailRequest(code=number, message=message), timeout=TIMEOUT))
        assert error.details() == message, error.details()


@check("a status message of 40 KB is cut, so that its code survives")
def long_message(server):
    message = "ä" * 20_000
    error = fails(Code.NOT_FOUND, lambda: server.echo.Fail(echo_pb2.FailRequest(code=5, message=message), timeout=TIMEOUT))
    assert message.startswith(error.details().rstrip("….")) and len(error.details()) > 500, error.details()[-20:]


@check("error details arrive in grpc-status-details-bin")
def details(server):
    error = fails(Code.FAILED_PRECONDITION, lambda: server.unary("/probe.Probe/FailWithDetail")(b"", timeout=TIMEOUT))
    trailing = dict(error.trailing_metadata())
    assert trailing["x-hint"] == "look"
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    assert (status.code, status.message, len(status.details)) == (9, "see details", 1)
    detail = echo_pb2.EchoRequest()
    assert status.details[0].Unpack(detail)
    assert (detail.text, detail.data) == ("détail", b"\x00\xff")


@check("unknown methods and services are UNIMPLEMENTED")
def unimplemented(server):
    for path in ("/jumpstarter.test.v1.EchoService/Nothing", "/no.Service/Nothing", "/", "/%00/\u007f"):
        fails(Code.UNIMPLEMENTED, lambda: server.unary(path)(b"", timeout=TIMEOUT))


@check("a message that is no protobuf is refused")
def garbage(server):
    error = fails(Code.INVALID_ARGUMENT, lambda: server.unary("/jumpstarter.test.v1.EchoService/Echo")(b"\xff" * 9, timeout=TIMEOUT))
    assert error.details()


@check("gzip and deflate go both ways")
def compression(server):
    text = "compress me " * 10_000
    for encoding in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        response = server.echo.Echo(echo_pb2.EchoRequest(text=text), compression=encoding, timeout=TIMEOUT)
        assert response.text == text
        texts = [response.text for response in server.echo.Converse(iter([echo_pb2.ConverseRequest(text=text)] * 5), compression=encoding, timeout=TIMEOUT)]
        assert texts == [text] * 5


@check("a compressed bomb is refused by its size, not by memory")
def bomb(server):
    channel = server.open(server.address, [("grpc.max_send_message_length", -1)])
    call = server.unary("/probe.Probe/Echo", channel)
    fails(Code.RESOURCE_EXHAUSTED, lambda: call(bytes(256 * MIB), compression=grpc.Compression.Gzip, timeout=TIMEOUT))
    channel.close()


@check("health and reflection answer grpcio's own clients")
def services(server):
    health = health_pb2_grpc.HealthStub(server.channel)
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT).status == health_pb2.HealthCheckResponse.SERVING
    fails(Code.NOT_FOUND, lambda: health.Check(health_pb2.HealthCheckRequest(service="no"), timeout=TIMEOUT))
    watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()
    database = ProtoReflectionDescriptorDatabase(server.channel)
    assert "jumpstarter.test.v1.EchoService" in database.get_services()
    assert database.FindFileContainingSymbol("jumpstarter.test.v1.EchoService").name == "jumpstarter/test/v1/echo.proto"


@check("pings of a client that is alive are answered and not punished")
def keepalive(server):
    options = [("grpc.keepalive_time_ms", 100), ("grpc.keepalive_timeout_ms", 2_000), ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_pings_without_data", 0), ("grpc.use_local_subchannel_pool", 1)]
    channel = server.open(server.address, options)
    echo_grpc.EchoServiceStub(channel).Wait(echo_pb2.WaitRequest(milliseconds=1_500), timeout=TIMEOUT)
    channel.close()
    assert server.next_event() == "started"


@check("grpc.aio, as upstream uses it, makes all kinds of calls")
def aio(server):
    async def read(call):
        return await call

    async def calls(channel):
        stub = echo_grpc.EchoServiceStub(channel)
        assert (await stub.Echo(echo_pb2.EchoRequest(text="a"), timeout=TIMEOUT)).text == "a"
        assert [r.number async for r in stub.Count(echo_pb2.CountRequest(to=100), timeout=TIMEOUT)] == list(range(1, 101))
        stream = channel.stream_stream("/jumpstarter.v1.RouterService/Stream")(metadata=(("request", "{}"),))
        for message in messages(20):
            await stream.write(message)
            assert await stream.read() == message
        await stream.done_writing()
        assert await stream.read() == grpc.aio.EOF
        assert await stream.code() == Code.OK
        waiting = asyncio.create_task(read(stub.Wait(echo_pb2.WaitRequest(milliseconds=60_000))))
        assert await asyncio.to_thread(server.next_event) == "started"
        waiting.cancel()

    async def main():
        channel = grpc.aio.insecure_channel(server.address) if server.credentials is None else grpc.aio.secure_channel(server.address, server.credentials)
        async with channel:
            await calls(channel)

    asyncio.run(main())
    assert server.next_event()[0] == "Canceled"


if __name__ == "__main__":
    run(Server(*sys.argv[1:]))
