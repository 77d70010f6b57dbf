"""Byte stream measurements on anything with `await send(bytes)` and `await receive() -> bytes`; see worker/byte_jobs.ts."""
import asyncio
import time

from worker import JOB_BYTES, JOB_HEADER, JOBS_AHEAD, PIECE, mebibytes_per_second, sample_latency


async def ping(stream, seconds):
    async def once():
        await stream.send(b"x")
        while not await stream.receive():
            pass

    return await sample_latency(seconds, once)


async def echo(stream, seconds):
    sent, got, sending, start = 0, 0, True, time.perf_counter()

    async def send():
        nonlocal sent, sending
        while time.perf_counter() < start + seconds:
            await stream.send(PIECE)
            sent += len(PIECE)
        sending = False

    task = asyncio.create_task(send())
    while sending or got < sent:
        got += len(await stream.receive())
    await task
    return {"mib_s": mebibytes_per_second(sent, start)}


async def upload(stream, seconds):
    start = time.perf_counter()
    jobs = await upload_until(stream, lambda: time.perf_counter() >= start + seconds)
    return {"mib_s": mebibytes_per_second(jobs * JOB_BYTES, start)}


async def upload_until(stream, stop):
    """Sends whole jobs until `stop()`, waits for their acknowledgements; how many jobs."""
    jobs, acknowledged = 0, 0
    while not stop():
        await stream.send(JOB_HEADER)
        for _ in range(JOB_BYTES // len(PIECE)):
            await stream.send(PIECE)
        jobs += 1
    while acknowledged < jobs:
        acknowledged += len(await stream.receive())
    return jobs


async def download(stream, seconds):
    start = time.perf_counter()
    jobs = await download_until(stream, lambda: time.perf_counter() >= start + seconds)
    return {"mib_s": mebibytes_per_second(jobs * JOB_BYTES, start)}


async def download_until(stream, stop):
    """Asks for jobs, some ahead, until `stop()`, reads what was asked for; how many jobs."""
    for _ in range(JOBS_AHEAD):
        await stream.send(JOB_HEADER)
    wanted, got = JOBS_AHEAD * JOB_BYTES, 0
    while got < wanted:
        got += len(await stream.receive())
        if wanted - got <= (JOBS_AHEAD - 1) * JOB_BYTES and not stop():
            await stream.send(JOB_HEADER)
            wanted += JOB_BYTES
    return wanted // JOB_BYTES


async def ping_beside(stream, bulk, move_until, seconds):
    """Pings on `stream` while `move_until` keeps `bulk` busy."""
    stop, start = False, time.perf_counter()
    task = asyncio.create_task(move_until(bulk, lambda: stop))
    await asyncio.sleep(seconds * 0.1)  # until the bulk is at full speed
    result = await ping(stream, seconds)
    stop = True
    jobs = await task
    return {**result, "bulk_mib_s": mebibytes_per_second(jobs * JOB_BYTES, start)}


async def push_until_stalled(stream, limit_bytes, quiet_seconds):
    """Sends up to `limit_bytes` until nothing was taken for `quiet_seconds`; leaves the stream as it is then."""
    sent = 0

    async def send():
        nonlocal sent
        while sent < limit_bytes:
            await stream.send(PIECE)
            sent += len(PIECE)

    task, seen = asyncio.create_task(send()), -1
    while sent > seen and not task.done():
        seen = sent
        await asyncio.wait([task], timeout=quiet_seconds)
    await asyncio.sleep(quiet_seconds)
    return {"accepted_mib": sent / (1 << 20)}, task
