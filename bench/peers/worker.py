"""What the Python programs of the bench share: the command loop and the timing, as in worker/*.ts beside them."""
import asyncio
import json
import math
import sys
import time
import traceback

PIECE = b"x" * 65536
JOB_BYTES = 16 << 20
JOB_HEADER = JOB_BYTES.to_bytes(8, "big")
JOBS_AHEAD = 4
MIB = 1 << 20


def serve_operations(operations, address="", answers=None):
    """Says READY, then runs the operations that arrive on stdin until it ends (harness/child_process.ts).

    Answers go to stdout, or to the file `answers`.
    """
    print(f"READY {address}".rstrip(), file=answers, flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"figures": operations[command["operation"]](**command["options"])}
        except Exception:  # a failed measurement is an answer too
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


def percentile(ordered, fraction):
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def latency(samples):
    ordered = sorted(samples)
    return {"p50": percentile(ordered, 0.5), "p99": percentile(ordered, 0.99), "samples": len(ordered)}


def sample_latency_sync(seconds, once):
    samples, before = [], time.perf_counter()
    end = before + seconds
    while True:
        once()
        after = time.perf_counter()
        samples.append((after - before) * 1e6)
        before = after
        if before >= end:
            return latency(samples)


async def sample_latency(seconds, once):
    samples, before = [], time.perf_counter()
    end = before + seconds
    while True:
        await once()
        after = time.perf_counter()
        samples.append((after - before) * 1e6)
        before = after
        if before >= end:
            return latency(samples)


async def sample_rate(seconds, in_flight, once):
    calls, start = 0, time.perf_counter()

    async def worker():
        nonlocal calls
        while time.perf_counter() < start + seconds:
            await once()
            calls += 1

    await asyncio.gather(*[worker() for _ in range(in_flight)])
    return {"per_s": calls / (time.perf_counter() - start)}


async def repeat(count, in_flight, once):
    started = 0

    async def worker():
        nonlocal started
        while started < count:
            started += 1
            await once()

    await asyncio.gather(*[worker() for _ in range(in_flight)])
    return {}


def mebibytes_per_second(count, start):
    return count / MIB / (time.perf_counter() - start)
