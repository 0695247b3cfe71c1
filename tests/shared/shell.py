"""raymenu as people call it: in a process of its own."""

import os
import subprocess
import sys


def raymenu(*arguments, cwd=None, timeout=300, columns=None):
    """Run a command; gives the finished process with its output as text."""
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    env |= {} if columns is None else {"COLUMNS": str(columns)}
    command = [sys.executable, "-m", "raymenu", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False
    )


def start(*arguments, cwd=None):
    """Start a command, to be interrupted."""
    command = [sys.executable, "-m", "raymenu", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
