"""A process that is confined reads its library, and does nothing else to the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import ot_server

ROOT: Final = str(Path(ot_server.__file__).parents[1])
CONFINED = """
import os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from ot_server.codehelp import names
from ot_server.codehelp.confinement import confine
confine(names.folders(), 2**30)
for attempt in sys.argv[2:]:
    try:
        exec(attempt)
    except (OSError, ImportError, MemoryError):
        continue
    print(attempt)
"""
ATTEMPTS = (
    "open('/etc/passwd')",
    "os.open('/etc/passwd', os.O_RDONLY)",
    "os.listdir('/')",
    "os.scandir('/tmp')",
    "os.listdir(os.path.join(os.path.dirname(os.__file__), 'site-packages'))",
    "open(os.path.dirname(os.__file__) + '/../../../../../../etc/passwd')",
    "open(names.folders()[0] / 'trace', 'w')",
    "os.open(names.folders()[0] / 'trace', os.O_CREAT | os.O_WRONLY)",
    "os.system('true')",
    "subprocess.run(['true'])",
    "os.fork()",
    "os.kill(1, 0)",
    "os.mkdir('/tmp/trace')",
    "os.remove('/tmp/trace')",
    "socket.socket()",
    "import aiohttp",
    "import ot_server.app",
    "bytearray(2**31)",
)


def test_a_confined_process_can_do_no_harm() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, ROOT, *ATTEMPTS],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == []
