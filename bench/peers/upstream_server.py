"""Runs shared/peer/serve.py (its path and arguments are ours) so that it ends with the bench, even when that is killed."""
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
