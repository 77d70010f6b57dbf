"""What the programs of this folder share: checks that are told one by one, and the messages of the echo service."""

import pathlib
import sys
import traceback

import grpc

ROOT = pathlib.Path(__file__).parents[3]
sys.path += [str(ROOT / "testing" / "proto"), str(ROOT / "proto" / "third_party")]

echo_pb2, echo_grpc = grpc.protos_and_services("jumpstarter/test/v1/echo.proto")
status_pb2 = grpc.protos("google/rpc/status.proto")

CHECKS = []
MIB = 1 << 20
BIG = 32 * MIB
BIG_OPTIONS = [("grpc.max_receive_message_length", BIG), ("grpc.max_send_message_length", BIG)]


def check(claim):
    """Registers a function as the check of `claim`."""

    def register(function):
        CHECKS.append((claim, function))
        return function

    return register


def run(*arguments):
    """Runs all checks with `arguments`; prints one line for each, `PASS claim` or `FAIL claim`."""
    for claim, function in CHECKS:
        try:
            function(*arguments)
            print(f"PASS {claim}", flush=True)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            print(f"FAIL {claim}\n{traceback.format_exc()}", flush=True)
    print(f"DONE {len(CHECKS)}", flush=True)


def fails(code, call):
    """Calls `call`, which must fail with `code`; returns the error."""
    try:
        result = call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()} {error.details()}"
        return error
    raise AssertionError(f"{code} expected, it returned {str(result)[:200]}")
