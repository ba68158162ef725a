"""Runs people's code as the program `main.py`, and returns how it ended."""

import linecache
import sys
import traceback
import types

INTERRUPTED = 130


def run(text):
    """Run a program, and return its exit code."""
    main = types.ModuleType("__main__")
    main.__file__ = "main.py"
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    linecache.cache["main.py"] = len(text), None, text.splitlines(keepends=True), "main.py"
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    try:
        exec(compile(text, "main.py", "exec"), main.__dict__)
        code = 0
    except SystemExit as end:
        code = exit_code(end.code)
    except BaseException as error:
        # The first frame is this one.
        traceback.print_exception(error.with_traceback(error.__traceback__.tb_next))
        code = INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def exit_code(given):
    """Return the exit code that a shell would see."""
    if given is None:
        return 0
    if isinstance(given, int):
        return given & 0xFF
    print(given, file=sys.stderr)
    return 1
