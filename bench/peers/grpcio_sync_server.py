"""Plain grpcio, synchronous: one unary method on bytes. Faster than its asyncio in single calls, so a yardstick too."""
import sys
from concurrent import futures

import grpc

WORKERS = 4


def main():
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS))
    methods = {"Unary": grpc.unary_unary_rpc_method_handler(lambda request, _context: request)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Bytes", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"READY 127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(None)


main()
