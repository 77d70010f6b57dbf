"""Upstream's client (jumpstarter 0.9.0) against an exporter with the tree of shared/peer/exporter-bench.yaml.

  upstream_client.py HOST:PORT | /path/of.sock
"""
import asyncio
import os
import socket
import sys
import threading
import time
from contextlib import AsyncExitStack, ExitStack

import byte_stream
from anyio.from_thread import start_blocking_portal
from jumpstarter.client import client_from_path
from jumpstarter_driver_network.adapters import TcpPortforwardAdapter
from worker import MIB, PIECE, repeat, sample_latency, sample_latency_sync, sample_rate, serve_operations

LEFT_OPEN = AsyncExitStack()  # streams that outlive their operation; they end with the process
TASKS = []
FORWARDS = ExitStack()


async def server_stream(bench, seconds):
    async def count(n):
        received, start = 0, time.perf_counter()
        async for _ in bench.streamingcall_async("count", n):
            received += 1
        assert received == n, f"{received} of {n} messages"
        return n / (time.perf_counter() - start)

    rate = await count(2000)
    return {"per_s": await count(max(2000, int(rate * seconds)))}


async def open_close(driver, seconds):
    async def once():
        async with driver.stream_async("connect") as stream:
            await stream.send(b"x")
            await stream.receive()

    return await sample_latency(seconds, once)


async def on_stream(driver, method, measure, *args):
    async with driver.stream_async(method) as stream:
        return await measure(stream, *args)


async def ping_beside(tree, method, move_until, seconds):
    async with tree.echo.stream_async("connect") as stream, tree.bench.stream_async(method) as bulk:
        return await byte_stream.ping_beside(stream, bulk, move_until, seconds)


async def stalled_upload(driver, limit_mib, quiet_seconds):
    stream = await LEFT_OPEN.enter_async_context(driver.stream_async("connect"))
    figures, task = await byte_stream.push_until_stalled(stream, int(limit_mib * MIB), quiet_seconds)
    TASKS.append(task)
    return figures


async def stalled_download(bench, limit_mib, quiet_seconds):
    stream = await LEFT_OPEN.enter_async_context(bench.stream_async("source"))
    await stream.send(int(limit_mib * MIB).to_bytes(8, "big"))
    await asyncio.sleep(2 * quiet_seconds)
    return {}


async def idle_streams(bench, count):
    for _ in range(int(count)):
        stream = await LEFT_OPEN.enter_async_context(bench.stream_async("connect"))
        await stream.send(b"x")
        await stream.receive()
    return {}


def stalled_forward(driver, limit_mib, quiet_seconds):
    """A local program pushes through a forwarded port at a device that never reads."""
    host, port = FORWARDS.enter_context(TcpPortforwardAdapter(client=driver))
    sent, limit = 0, int(limit_mib * MIB)

    def push():
        nonlocal sent
        with socket.create_connection((host, port)) as local:
            while sent < limit:
                sent += local.send(PIECE)
            time.sleep(3600)

    threading.Thread(target=push, daemon=True).start()
    seen = -1
    while sent > seen and sent < limit:
        seen = sent
        time.sleep(quiet_seconds)
    time.sleep(quiet_seconds)
    return {"accepted_mib": sent / MIB}


def operations(tree, portal):
    bench, echo = tree.bench, tree.echo
    call = portal.call

    async def noop():
        await bench.call_async("noop")

    stream = byte_stream
    return {
        "unary": lambda seconds: call(sample_latency, seconds, noop),
        "unary_sync": lambda seconds: sample_latency_sync(seconds, lambda: bench.call("noop")),
        "unary_in_flight": lambda seconds, in_flight: call(sample_rate, seconds, int(in_flight), noop),
        "calls": lambda count, in_flight: call(repeat, int(count), int(in_flight), noop),
        "server_stream": lambda seconds: call(server_stream, bench, seconds),
        "ping": lambda seconds: call(on_stream, echo, "connect", stream.ping, seconds),
        "echo": lambda seconds: call(on_stream, echo, "connect", stream.echo, seconds),
        "upload": lambda seconds: call(on_stream, bench, "sink", stream.upload, seconds),
        "download": lambda seconds: call(on_stream, bench, "source", stream.download, seconds),
        "open_close": lambda seconds: call(open_close, bench, seconds),
        "ping_beside_upload": lambda seconds: call(ping_beside, tree, "sink", stream.upload_until, seconds),
        "ping_beside_download": lambda seconds: call(ping_beside, tree, "source", stream.download_until, seconds),
        "stalled_upload": lambda **options: call(lambda: stalled_upload(tree.sink, **options)),
        "stalled_download": lambda **options: call(lambda: stalled_download(bench, **options)),
        "stalled_forward": lambda **options: stalled_forward(tree.sink, **options),
        "idle_streams": lambda count: call(idle_streams, bench, count),
    }


def main(address):
    with start_blocking_portal() as portal, ExitStack() as stack:
        connecting = client_from_path(address, portal, stack, allow=[], unsafe=True, insecure=True)
        with portal.wrap_async_context_manager(connecting) as tree:
            serve_operations(operations(tree, portal))
            os._exit(0)  # what was left open on purpose would hold the way out


main(sys.argv[1])
