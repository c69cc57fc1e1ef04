"""Random mboxes before two readers, ours and Python's `mailbox`: no message may vanish without a word.

POSTERN_SEED begins elsewhere. What fails says the seed.
"""

import json
import mailbox
import os
import pathlib
import random
import tempfile
import unittest

from program import SOURCE, postern

TENANT = SOURCE / "examples" / "contoso" / "tenant"
DATED = ["From s@contoso.com Thu Oct  1 10:00:00 2026", "From - Thu Oct  1 10:00:00 2026",
         "From MAILER-DAEMON Fri Jul  8 12:08:34 2011", "From 1719@xxx Thu Oct 01 10:00:00 +0000 2026",
         'From "s x"@contoso.com Thu Oct  1 10:00:00 2026', "From s@x Thu Oct  1 10:00:00 2026 +0200"]
DATELESS = ["From ", "From - ", "From s@contoso.com", "From MAILER-DAEMON"]
BODY = ["", "", "hello", ">From here on", ">From a@b Thu Oct  1 10:00:00 2026", "From: in the body", "a: b",
        "--x", "x" * 9000, "From=20me", " From afar", "From\tme"]
FIELDS = ["Subject: hello", "Message-ID: <{n}@contoso.com>", "To: ann@contoso.com", "X-Mozilla-Status: 0001",
          "Received: from s ([203.0.113.{n}]) by mx.contoso.com; Thu, 01 Oct 2026 10:00:00 +0000"]


def message(numbers, number):
    fields = [each.format(n=number % 200 + 1) for each in FIELDS if numbers.random() < 0.6]
    fields.insert(numbers.randrange(len(fields) + 1), f"From: s{number}@contoso.com")
    body = [numbers.choice(BODY) for _ in range(numbers.choice([0, 1, 2, 5]))]
    return fields, body


def mbox(numbers):
    """Its octets, and how many of its messages follow no empty line and have no date."""
    dated = numbers.random() < 0.6
    separators = DATED if dated else DATELESS
    always_empty = numbers.random() < 0.5
    lines, doubtful = [], 0
    for number in range(numbers.randrange(1, 12)):
        empty = always_empty or numbers.random() < 0.5
        if lines and empty:
            lines.append("")
        after_empty = not lines or lines[-1] == ""
        fields, body = message(numbers, number)
        doubtful += not dated and not after_empty
        lines += [numbers.choice(separators), *fields, "", *body]
    end = numbers.choice(["\n", "\r\n"])
    return (end.join(lines) + end).encode(), doubtful


class Mboxes(unittest.TestCase):
    def test_no_message_vanishes(self):
        seed = int(os.environ.get("POSTERN_SEED", "1"))
        numbers = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            expected = {}
            for number in range(200):
                path = pathlib.Path(folder) / f"{number:03}.mbox"
                content, doubtful = mbox(numbers)
                path.write_bytes(content)
                pythons = mailbox.mbox(path)
                # Python takes any line for a separator that begins with "From ".
                expected[str(path)] = (len(pythons) - doubtful, doubtful)
                pythons.close()
            outcome = postern("impact", TENANT, folder, "--output", "json")
            self.assertIn(outcome.status, (0, 1, 3), outcome)
            files = json.loads(outcome.out)["files"]
        found = {file["file"]: (file["rows"] - file["bad"], file["bad"]) for file in files}
        self.assertEqual(found, expected, f"seed {seed}")
        self.assertGreater(sum(doubtful for _, doubtful in expected.values()), 20)


if __name__ == "__main__":
    unittest.main()
