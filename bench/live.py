"""bench/live.py POSTERN [TENANTS]: live tenants against the stand-in of tests/standin.

1. `audit live:NAME --control 6.5.5`: the whole command, beside what its two requests take by
   themselves over connections of their own (Python's, measured in the same run). The difference is
   what the program adds to the network.
2. `audit --tenants` with TENANTS (1,000) tenants: time, tenants a second, peak memory.
The stand-in is Python and shares the machine, so 2. measures it as much as the program."""

import http.client
import json
import os
import pathlib
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from standin import service  # noqa: E402  pylint: disable=wrong-import-position

EXPORTS = pathlib.Path(__file__).resolve().parent.parent / "examples" / "contoso" / "tenant"
SECRET = "for-measuring-alone"


def milliseconds(run, times):
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent), sorted(spent)[int(len(spent) * 0.95)]


def requests_alone(there, tenant, app):
    """The same two requests, each with its own TLS handshake."""
    context = ssl.create_default_context(cafile=there.ca)
    port = int(there.base.rpartition(":")[2])

    def post(path, body, headers):
        connection = http.client.HTTPSConnection("localhost", port, context=context)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer)

    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": app.id,
                                   "client_secret": SECRET, "scope": there.base + "/.default"})
    token = post(f"/{tenant.domain}/oauth2/v2.0/token", form,
                 {"Content-Type": "application/x-www-form-urlencoded"})["access_token"]
    post(f"/adminapi/beta/{tenant.id}/InvokeCommand",
         json.dumps({"CmdletInput": {"CmdletName": "Get-OrganizationConfig", "Parameters": {}}}),
         {"Authorization": "Bearer " + token, "Content-Type": "application/json"})


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder, service.StandIn(folder) as there:
        app = there.add_app(secret=SECRET)
        tenant = there.add_tenant("contoso.onmicrosoft.com", EXPORTS)
        config = there.write_config("contoso", tenant, app)
        environment = there.environment(POSTERN_CLIENT_SECRET=SECRET)

        def one():
            done = subprocess.run([program, "audit", "live:contoso", "--control", "6.5.5",
                                   "--config", config], env=environment, check=False,
                                  stdout=subprocess.DEVNULL)
            assert done.returncode == 1, done

        def version():
            subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)

        one()
        whole, alone, start = (milliseconds(one, 40),
                               milliseconds(lambda: requests_alone(there, tenant, app), 40),
                               milliseconds(version, 40))
        print(f"audit live:NAME --control 6.5.5   median {whole[0]:7.1f} ms   p95 {whole[1]:7.1f} ms")
        print(f"its two requests, by themselves   median {alone[0]:7.1f} ms   p95 {alone[1]:7.1f} ms")
        print(f"starting the program              median {start[0]:7.1f} ms   p95 {start[1]:7.1f} ms")
        print(f"beyond the network's own time            {whole[0] - alone[0]:7.1f} ms (goal: 50)")

        names = [there.add_tenant(f"t{i}.onmicrosoft.com", EXPORTS).domain for i in range(count)]
        listed = pathlib.Path(folder) / "tenants.toml"
        listed.write_text("".join(f'[[tenant]]\nsource = "live:contoso"\ntenant = "{name}"\n'
                                  for name in names))
        out = pathlib.Path(folder) / "audits.json"
        for workers in ("8", "32"):
            begun = time.perf_counter()
            child = subprocess.Popen([program, "audit", "--tenants", listed, "--config", config,
                                      "--parallel", workers, "--output", "json", "--out", out],
                                     env=environment)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            took = time.perf_counter() - begun
            read = [each["outcome"] for each in json.loads(out.read_text())["tenants"]]
            assert read.count("fail") == count, read
            print(f"{count} tenants, {workers:>2} at a time        {took:7.1f} s   "
                  f"{count / took:6.1f} tenants/s   {usage.ru_maxrss / 1024:6.1f} MB (goal: 256)   "
                  f"{usage.ru_utime + usage.ru_stime:5.1f} s of processor")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    main()
