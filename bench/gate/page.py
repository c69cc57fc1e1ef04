"""What the gate's page costs: verdicts a second with nobody looking and with a browser that looks, and the longest that the
browser's drawing stood still under that flood.

    bench/gate/page.py POSTERN [SECONDS]

Each client says RCPT and is refused, again and again, over connections that stay open. Prints one line a figure."""

import json
import os
import pathlib
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
os.environ["POSTERN"] = str(pathlib.Path(sys.argv[1]).resolve())
os.environ.setdefault("POSTERN_SOURCE", str(ROOT))
os.environ.setdefault("GENERATE_EXAMPLE", "none")
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "peers")]

import gate_browser_test  # noqa: E402
import gate_page_test  # noqa: E402
from smtp_peers import Gate, Talk  # noqa: E402

RATE = 1000  # verdicts a second, wanted


def flood(port, until, said, most):
    """Refusals as fast as `most` a second allows; adds how many there were."""
    with Talk(port) as talk:
        talk.say("EHLO bench.example")
        talk.say("MAIL FROM:<scanner@contoso.com>")
        begun, count = time.monotonic(), 0
        while time.monotonic() < until:
            # A session is ended after a hundred refused recipients: begin another.
            if not talk.say("RCPT TO:<ann@contoso.com>").startswith("550"):
                talk.close()
                talk.__init__(port)
                talk.say("EHLO bench.example")
                talk.say("MAIL FROM:<scanner@contoso.com>")
                continue
            count += 1
            ahead = count / most - (time.monotonic() - begun)
            if ahead > 0:
                time.sleep(ahead)
    said.append(count)


def verdicts(port, seconds, most=1e9, clients=4):
    """A second, over all clients."""
    until, said = time.monotonic() + seconds, []
    threads = [threading.Thread(target=flood, args=(port, until, said, most / clients)) for _ in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(said) / seconds


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        token = folder / "page.token"
        token.write_text(gate_page_test.TOKEN)
        token.chmod(0o600)
        gate = Gate(folder, """mode = "enforce"
admin_listen = "127.0.0.1:29125"
[smtp]
listen = ["127.0.0.1:0"]
[[route]]
maildir = "box"
[limits]
refused_recipients = 100000
[ledger]
file = "ledger.db"
[page]
token_file = "page.token"
""", tenant=gate_page_test.TENANT)
        try:
            measure(gate, seconds)
        finally:
            gate.stop()


def measure(gate, seconds):
    browser = gate_page_test.Browser(29125)
    assert browser.sign_in() == 200
    # Alternately, so that what else the machine does falls on both.
    alone, looked_at = [], []
    for _ in range(3):
        alone.append(verdicts(gate.port, seconds))
        streams = [gate_page_test.Events(browser) for _ in range(3)]
        looked_at.append(verdicts(gate.port, seconds))
        for each in streams:
            each.close()
    best, watched = max(alone), max(looked_at)
    print(f"verdicts a second, nobody looks: {best:.0f}; three streams: {watched:.0f} ({100 * (watched - best) / best:+.1f} %)")
    if gate_browser_test.missing():
        print(f"frames: not measured, {gate_browser_test.missing()}")
        return
    page = gate_browser_test.Driver()
    try:
        page("open", url="http://127.0.0.1:29125/")
        page("wait", at="#sign-in-title", has="Sign in")
        page("fill", at="input[name=who]", value="bench")
        page("fill", at="input[name=token]", value=gate_page_test.TOKEN)
        page("click", at="#sign-in-form button")
        page("wait", at="#live", has="live")
        reached = []
        load = threading.Thread(target=lambda: reached.append(verdicts(gate.port, seconds + 4, RATE)))
        load.start()
        time.sleep(2)
        longest = page("longest", seconds=seconds)
        load.join()
        print(f"longest frame under {reached[0]:.0f} verdicts a second: {longest:.0f} ms; "
              f"rows in the page: {page('count', at='#rows tbody')}")
        print(json.dumps(page("seen")))
    finally:
        page.close()


if __name__ == "__main__":
    main()
