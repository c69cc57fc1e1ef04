"""python3 tests/standin: the stand-in by hand, with the example tenant."""

import os
import pathlib
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from standin import service  # noqa: E402  pylint: disable=wrong-import-position

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "contoso" / "tenant"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as folder, service.StandIn(folder) as there:
        app = there.add_app(secret="for-trying-alone")
        first = there.add_tenant("contoso.onmicrosoft.com", EXAMPLE)
        tenants = [first] + [there.add_tenant(f"t{i}.onmicrosoft.com", EXAMPLE)
                             for i in range(1, count)]
        config = there.write_config("contoso", first, app)
        listed = pathlib.Path(folder) / "tenants.toml"
        listed.write_text("".join(
            f'[[tenant]]\nsource = "live:contoso"\ntenant = "{each.domain}"\n'
            for each in tenants))
        print(f"export CURL_CA_BUNDLE={there.ca} POSTERN_CLIENT_SECRET=for-trying-alone", flush=True)
        print(f"postern audit live:contoso --config {config}", flush=True)
        print(f"postern audit --tenants {listed} --config {config}", flush=True)
        print(f"serving as process {os.getpid()}; Ctrl-C ends", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
