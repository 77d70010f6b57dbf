"""Plain grpcio (asyncio, as upstream uses it) against /bench.Bytes/*: messages are bytes, no protobuf.

  grpcio_client.py HOST:PORT
"""
import asyncio
import sys
from contextlib import asynccontextmanager

import byte_stream
import grpc
from worker import sample_latency, sample_rate, serve_operations

REQUEST = b"x" * 16


class MessageStream:
    """a call, with the two methods that byte_stream wants"""

    def __init__(self, call):
        self.send, self.receive = call.write, call.read


@asynccontextmanager
async def opened(channel, method):
    call = channel.stream_stream(f"/bench.Bytes/{method}")()
    try:
        yield MessageStream(call)
    finally:
        call.cancel()


def operations(loop, channel):
    unary = channel.unary_unary("/bench.Bytes/Unary")

    async def call():
        await unary(REQUEST)

    async def on_stream(method, measure, seconds):
        async with opened(channel, method) as stream:
            return await measure(stream, seconds)

    run = loop.run_until_complete
    return {
        "unary": lambda seconds: run(sample_latency(seconds, call)),
        "unary_in_flight": lambda seconds, in_flight: run(sample_rate(seconds, int(in_flight), call)),
        "ping": lambda seconds: run(on_stream("Echo", byte_stream.ping, seconds)),
        "echo": lambda seconds: run(on_stream("Echo", byte_stream.echo, seconds)),
        "upload": lambda seconds: run(on_stream("Sink", byte_stream.upload, seconds)),
        "download": lambda seconds: run(on_stream("Source", byte_stream.download, seconds)),
    }


def main(address):
    loop = asyncio.new_event_loop()

    async def connect():
        channel = grpc.aio.insecure_channel(address)
        await channel.channel_ready()
        return channel

    asyncio.set_event_loop(loop)
    serve_operations(operations(loop, loop.run_until_complete(connect())))
    loop.close()


main(sys.argv[1])
