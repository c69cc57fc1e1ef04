"""What the tests from outside share: where the program is, and how to run it."""

import os
import pathlib
import subprocess

POSTERN = os.environ["POSTERN"]
GENERATE_EXAMPLE = os.environ["GENERATE_EXAMPLE"]
SOURCE = pathlib.Path(os.environ["POSTERN_SOURCE"])
EXAMPLE = SOURCE / "examples" / "contoso"


class Outcome:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"


def postern(*arguments, stdin=b"", timeout=60, cwd=SOURCE, **options):
    """Runs the program; arguments may be paths. Killed after `timeout` seconds."""
    return Outcome(
        subprocess.run(
            [POSTERN, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            cwd=cwd,
            check=False,
            **options,
        )
    )
