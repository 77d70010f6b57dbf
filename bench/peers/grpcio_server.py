"""Plain grpcio (asyncio, as upstream uses it): messages are bytes, no protobuf. Unary, echo, sink and source."""
import asyncio
import os
import sys
import threading

import grpc
from worker import PIECE


async def unary(request, _context):
    return request


async def echo(_requests, context):
    while (message := await context.read()) is not grpc.aio.EOF:
        await context.write(message)


async def sink(_requests, context):
    """worker/byte_jobs.ts; a header or a piece is one message"""
    left = 0
    while (message := await context.read()) is not grpc.aio.EOF:
        if left == 0:
            left = int.from_bytes(message, "big")
            continue
        left -= len(message)
        if left == 0:
            await context.write(b"K")


async def source(_requests, context):
    while (message := await context.read()) is not grpc.aio.EOF:
        for _ in range(int.from_bytes(message, "big") // len(PIECE)):
            await context.write(PIECE)


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


async def main():
    server = grpc.aio.server()
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Echo": grpc.stream_stream_rpc_method_handler(echo),
        "Sink": grpc.stream_stream_rpc_method_handler(sink),
        "Source": grpc.stream_stream_rpc_method_handler(source),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Bytes", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(f"READY 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


asyncio.run(main())
