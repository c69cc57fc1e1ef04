"""bulk_evidence.py POSTERN FOLDER [REPORTS] [LOG_MEGABYTES]: DMARC reports and Postfix logs.

Makes, once, a folder of small DMARC reports in three packings (.xml, .xml.gz, .zip; REPORTS of each,
default 20,000) and a Postfix log (default 400 MB), and times `postern impact` on each, warm, median
of five. Yardstick for the reports: this Python's own xml.etree, zlib and zipfile, which do no more
than find the records.
"""

import gzip
import io
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree
import zipfile

ROUNDS = 5
SOURCE = pathlib.Path(__file__).resolve().parent.parent
TENANT = SOURCE / "examples" / "contoso" / "tenant"

RECORD = """  <record>
    <row><source_ip>203.0.113.{ip}</source_ip><count>{count}</count>
      <policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
    <identifiers><envelope_to>contoso.com</envelope_to><envelope_from>contoso.com</envelope_from><header_from>contoso.com</header_from></identifiers>
    <auth_results><spf><domain>contoso.com</domain><scope>mfrom</scope><result>softfail</result></spf></auth_results>
  </record>
"""

REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata><org_name>Enterprise Outlook</org_name><email>dmarcreport@microsoft.com</email>
    <report_id>{number:032x}</report_id><date_range><begin>1790812800</begin><end>1790899200</end></date_range></report_metadata>
  <policy_published><domain>contoso.com</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
{records}</feedback>
"""

MESSAGE = (
    "{t} mx postfix/smtpd[{p}]: connect from host{n}.example.net[203.0.113.{ip}]\n"
    "{t} mx postfix/smtpd[{p}]: {q}: client=host{n}.example.net[203.0.113.{ip}]\n"
    "{t} mx postfix/cleanup[77]: {q}: message-id=<{n}.20261001@host{n}.example.net>\n"
    "{t} mx opendkim[55]: {q}: no signing table match for 'user{n}@contoso.com'\n"
    "{t} mx postfix/qmgr[50]: {q}: from=<user{n}@contoso.com>, size=4711, nrcpt=1 (queue active)\n"
    "{t} mx postfix/smtpd[{p}]: disconnect from host{n}.example.net[203.0.113.{ip}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n"
    "{t} mx postfix/smtp[90]: {q}: to=<ann@contoso.com>, relay=contoso-com.mail.protection.outlook.com[52.101.68.1]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.6.0, status=sent (250 2.6.0 <{n}@host> [InternalId=1, Hostname=X.prod.outlook.com] 9000 bytes in 0.1, 80 KB/sec Queued mail for delivery)\n"
    "{t} mx postfix/qmgr[50]: {q}: removed\n"
)


def zipped(name, text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


def make_reports(folder, count):
    chance = random.Random(1)
    kinds = {".xml": lambda t: t.encode(), ".xml.gz": lambda t: gzip.compress(t.encode(), 6),
             ".zip": lambda t: zipped("report.xml", t)}
    for suffix, pack in kinds.items():
        place = folder / ("reports" + suffix.replace(".", "-"))
        if place.exists():
            continue
        place.mkdir(parents=True)
        for number in range(count):
            records = "".join(
                RECORD.format(ip=chance.randrange(256), count=chance.randrange(1, 50))
                for _ in range(chance.randrange(1, 4))
            )
            text = REPORT.format(number=number, records=records)
            (place / f"microsoft!contoso.com!{number}{suffix}").write_bytes(pack(text))


def make_log(path, megabytes):
    if path.exists():
        return
    digits = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
    with open(path, "w", encoding="ascii") as log:
        number = 0
        while log.tell() < megabytes * 1_000_000:
            lines = []
            for _ in range(2000):
                number += 1
                clock = number // 20
                stamp = f"Oct {1 + clock // 86400 % 30:2} {clock // 3600 % 24:02}:{clock // 60 % 60:02}:{clock % 60:02}"
                queue = "4B" + "".join(digits[number * k % 52] for k in (1, 7, 11, 13, 17, 19, 23)) + "z" + str(number % 9973)
                lines.append(MESSAGE.format(t=stamp, p=1000 + number % 40, q=queue, n=number % 5000,
                                            ip=number % 256))
            log.write("".join(lines))


def timed(command):
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024


def median_of(command):
    timed(command)  # into the page cache
    runs = [timed(command) for _ in range(ROUNDS)]
    return statistics.median(r[0] for r in runs), max(r[1] for r in runs)


def python_reports(place):
    begun = time.monotonic()
    records = 0
    for path in sorted(place.iterdir()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        elif path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(archive.namelist()[0])
        records += len(xml.etree.ElementTree.fromstring(content).findall("record"))
    return time.monotonic() - begun


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    reports = int(sys.argv[3]) if len(sys.argv) > 3 else 20_000
    megabytes = int(sys.argv[4]) if len(sys.argv) > 4 else 400
    folder.mkdir(parents=True, exist_ok=True)
    make_reports(folder, reports)
    log = folder / "mail.log"
    make_log(log, megabytes)
    print(f"{'':34}{'s':>8}{'files/s':>10}{'peak MB':>9}")
    for place in sorted(folder.glob("reports-*")):
        count = sum(1 for _ in place.iterdir())
        seconds, memory = median_of([program, "impact", str(TENANT), str(place)])
        print(f"{place.name + ', postern':34}{seconds:8.2f}{count / seconds:10.0f}{memory:9.0f}")
        seconds = python_reports(place)
        print(f"{place.name + ', python':34}{seconds:8.2f}{count / seconds:10.0f}")
    size = log.stat().st_size / 1e6
    seconds, memory = median_of([program, "impact", str(TENANT), str(log), "--relay-ip", "198.51.100.25"])
    print(f"{'':34}{'s':>8}{'MB/s':>10}{'peak MB':>9}")
    print(f"{'Postfix log, postern':34}{seconds:8.2f}{size / seconds:10.0f}{memory:9.0f}")


main()
