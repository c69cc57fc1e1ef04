"""What an administrator types and reads, word for word: tests/transcripts/*.txt (see its README).

With POSTERN_RENEW=1 the texts are written anew from what the program says: look at every line that
changed before you keep it."""

import os
import pathlib
import shlex
import tempfile
import unittest

from program import SOURCE, postern

FOLDER = SOURCE / "tests" / "transcripts"


class Case:
    """Files, and commands with what they print."""

    def __init__(self, name):
        self.name, self.files, self.commands = name, {}, []

    def written(self):
        out = f"case {self.name}\n"
        for name, text in self.files.items():
            out += f"file {name}\n" + "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
        for command, said in self.commands:
            out += f"$ {command}\n" + "".join(f"  {line}\n" if line else "\n" for line in said.splitlines())
        return out


def lines_of(text):
    return text.strip("\n") + "\n" if text.strip("\n") else ""


def read(path):
    """(what stands before the first case, [Case])."""
    head, cases, into = "", [], None
    for line in path.read_text().splitlines():
        if line.startswith("case "):
            cases.append(Case(line[5:]))
            into = None
        elif not cases:
            head += line + "\n"
        elif line.startswith("file "):
            into = [cases[-1].files, line[5:]]
            cases[-1].files[line[5:]] = ""
        elif line.startswith("$ "):
            cases[-1].commands.append([line[2:], ""])
            into = [cases[-1].commands[-1], 1]
        elif line.startswith("  ") or not line:
            into[0][into[1]] += line[2:] + "\n"
        else:
            raise ValueError(f"{path.name}: '{line}' is neither a case, a file, a command nor indented")
    for case in cases:  # Empty lines between cases are nobody's.
        for command in case.commands:
            command[1] = lines_of(command[1])
        case.files = {name: text.rstrip("\n") + "\n" for name, text in case.files.items()}
    return head, cases


def said(command, folder):
    """Standard output, then standard error marked with "! ", then the status in brackets where it isn't 0."""
    words = shlex.split(command)
    assert words[0] == "postern", command
    done = postern(*words[1:], cwd=folder, env={**os.environ, "COLUMNS": "100", "TZ": "UTC"})
    out = done.out + "".join(f"! {line}\n" for line in done.err.splitlines())
    return "\n".join(line.rstrip() for line in (out + (f"[{done.status}]\n" if done.status else "")).splitlines()) + "\n"


class Transcripts(unittest.TestCase):
    maxDiff = None

    def check(self, path):
        head, cases = read(path)
        self.assertTrue(cases, f"{path.name} holds no case")
        for case in cases:
            with self.subTest(case=case.name), tempfile.TemporaryDirectory() as folder:
                for name, text in case.files.items():
                    file = pathlib.Path(folder) / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
                    file.chmod(0o600)
                for command in case.commands:
                    now = lines_of(said(command[0], folder))
                    if os.environ.get("POSTERN_RENEW"):
                        command[1] = now
                    else:
                        self.assertEqual(now, command[1], f"{path.name}: {case.name}: $ {command[0]}")
        if os.environ.get("POSTERN_RENEW"):
            path.write_text(head + "\n".join(case.written() for case in cases))


for each in sorted(FOLDER.glob("*.txt")):
    setattr(Transcripts, f"test_{each.stem.replace('-', '_')}", lambda self, path=each: self.check(path))


if __name__ == "__main__":
    unittest.main()
