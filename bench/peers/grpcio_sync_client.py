"""Plain grpcio, synchronous, against /bench.Bytes/Unary.

  grpcio_sync_client.py HOST:PORT
"""
import sys

import grpc
from worker import sample_latency_sync, serve_operations

REQUEST = b"x" * 16


def main(address):
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result()
        unary = channel.unary_unary("/bench.Bytes/Unary")
        serve_operations({"unary": lambda seconds: sample_latency_sync(seconds, lambda: unary(REQUEST))})


main(sys.argv[1])
