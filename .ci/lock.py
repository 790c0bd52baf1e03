"""`make lock`: pin the newest dependencies that pyproject.toml allows, with their hashes.

The servers' wheels and the tools are pinned under the runtime's lock, so that
all three can be installed together. No lock names an index: whoever installs
uses the one that their pip knows.
"""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

COMMAND = [
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-config", "--upgrade"),
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
    *("--custom-compile-command", "make lock"),
]
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-embedded.lock": ["--group", "embedded", "--constraints", "requirements.lock"],
    "requirements-dev.lock": [
        *("--group", "dev", "--constraints", "requirements.lock", "--constraints", "requirements-embedded.lock"),
    ],
}

for lock, sources in LOCKS.items():
    print(lock, flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"}
    subprocess.run([*COMMAND, *sources, "--output-file", lock], cwd=PROJECT, env=environment, check=True)
