"""Upstream's client (jumpstarter 0.9.0) in the exporter bench: the operations of exporter/client.ts.

  upstream_exporter_client.py HOST:PORT

The console is that of exporter/pty_device.ts. JMP_BENCH_NETBENCH names the netbench program, JMP_BENCH_FOLDER a folder.
"""
import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from anyio import fail_after
from anyio.from_thread import start_blocking_portal
from jumpstarter.client import client_from_path
from jumpstarter_driver_network.adapters import TcpPortforwardAdapter
from worker import MIB, sample_latency, sample_latency_sync, serve_operations

import byte_stream

PROBE = 16 * MIB
LEAST, MOST = 32 * MIB, 2048 * MIB
QUIET_SECONDS = 3


def netbench(driver, command, count):
    with TcpPortforwardAdapter(client=driver) as (host, port):
        args = [os.environ["JMP_BENCH_NETBENCH"], command, host, str(port), str(int(count))]
        done = subprocess.run(args, capture_output=True, timeout=170)
        if done.returncode:
            raise RuntimeError(done.stderr.decode().strip())
        return json.loads(done.stdout)


def forward_rate(driver, command, seconds):
    wanted = PROBE / netbench(driver, command, PROBE)["s"] * seconds
    return {"mib_s": netbench(driver, command, max(LEAST, min(MOST, wanted)))["mib_s"]}


def forward_ping(driver, count):
    figures = netbench(driver, "ping", count)
    return {"p50": figures["p50_us"], "p99": figures["p99_us"]}


def forward_bytes(driver, mib):
    netbench(driver, "up", mib * MIB)
    return {}


def make_file(path, mib):
    if path.exists() and path.stat().st_size == mib * MIB:
        return
    with path.open("wb") as file:
        for _ in range(int(mib)):
            file.write(os.urandom(MIB))


def timed(mib, move, *args):
    make_file(args[-1], mib)
    start = time.perf_counter()
    move(*args)
    return {"mib_s": mib / (time.perf_counter() - start)}


def storage_read(storage, source, back, mib):
    make_file(source, mib)
    start = time.perf_counter()
    storage.read_into_path("up.img", back)
    figures = {"mib_s": mib / (time.perf_counter() - start)}
    assert subprocess.run(["cmp", "-s", source, back]).returncode == 0, "what came back is not what was sent"
    back.unlink()
    return figures


async def ping(driver, seconds):
    async with driver.stream_async("connect") as stream:
        return await byte_stream.ping(stream, seconds)


def serial_expect(driver, seconds):
    """What a test script does: sendline, expect."""
    with driver.pexpect() as console:
        number = 0

        def once():
            nonlocal number
            console.sendline(f"mark{number}")
            console.expect_exact(f"mark{number}\n")
            number += 1

        return sample_latency_sync(seconds, once)


async def watch(stream, total):
    received, breaks, following = 0, 0, 0
    try:
        while received < total:
            with fail_after(QUIET_SECONDS):
                chunk = await stream.receive()
            for byte in chunk:
                breaks += byte != following
                following = (byte + 1) % 251
            received += len(chunk)
    except TimeoutError:
        pass
    return received, breaks


async def console_flood(driver, seconds, baud):
    """Two watch, one of them reads only when the flood is over."""
    total, rate = round(seconds * baud / 10), int(baud / 10)
    async with driver.stream_async("connect") as watcher, driver.stream_async("connect") as stalled:
        await watcher.send(f"\x01{total} {rate}\n".encode())
        start = time.perf_counter()
        seen, breaks = await watch(watcher, total)
        elapsed = time.perf_counter() - start
        late, _ = await watch(stalled, total)
    return {"lost_bytes": total - seen, "breaks": breaks, "seconds": elapsed, "stalled_lost_bytes": total - late}


def operations(tree, portal):
    folder = Path(os.environ["JMP_BENCH_FOLDER"])
    source, back = folder / "source.img", folder / "back.img"
    call = portal.call

    def calls(count):
        for _ in range(int(count)):
            tree.power.on()
        return {}

    return {
        "calls": calls,
        "forward_up": lambda seconds: forward_rate(tree.sink, "up", seconds),
        "forward_down": lambda seconds: forward_rate(tree.source, "down", seconds),
        "forward_ping": lambda count: forward_ping(tree.tcp, count),
        "forward_bytes": lambda mib: forward_bytes(tree.sink, mib),
        "storage_write": lambda mib: timed(mib, tree.storage.write_from_path, "up.img", source),
        "storage_read": lambda mib: storage_read(tree.storage, source, back, mib),
        "mux_flash": lambda mib: timed(mib, tree.mux.flash, source),
        "serial_ping": lambda seconds: call(ping, tree.serial, seconds),
        "console_ping": lambda seconds: call(ping, tree.console, seconds),
        "serial_expect": lambda seconds: serial_expect(tree.serial, seconds),
        "console_flood": lambda seconds, baud: call(console_flood, tree.console, seconds, baud),
    }


def main(address):
    # Upstream draws its progress bars on stdout, terminal or not; that is where the answers go.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with start_blocking_portal() as portal, ExitStack() as stack:
        connecting = client_from_path(address, portal, stack, allow=[], unsafe=True, insecure=True)
        with portal.wrap_async_context_manager(connecting) as tree:
            serve_operations(operations(tree, portal), answers=answers)
            os._exit(0)  # threads of upstream's client may still be around


main(sys.argv[1])
