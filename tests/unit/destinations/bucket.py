"""An S3 bucket on this machine, for tests: an emulator in a process of its own, and the environment that names it."""

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "lake"

PROGRAM = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """An emulator with an empty bucket; the environment in which it is reached."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as program:
        assert program.stdin
        assert program.stdout
        try:
            endpoint = f"http://127.0.0.1:{int(program.stdout.readline())}"
            with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")):
                pass
            keys = {"AWS_ACCESS_KEY_ID": "sandbox-key", "AWS_SECRET_ACCESS_KEY": "sandbox-secret"}
            yield {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", **keys}
        finally:
            program.stdin.close()
