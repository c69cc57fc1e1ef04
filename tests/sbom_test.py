"""packaging/sbom.py: the document against SPDX 2.3's own rules, and against what the program really needs."""

import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from program import POSTERN, SOURCE

BUILD = pathlib.Path(POSTERN).resolve().parent
# SPDX 2.3, 3.2 and 7.21; the part of Annex A (relationship types) that is used.
RELATIONS = {"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK", "BUILD_DEPENDENCY_OF"}


def make(**environment):
    done = subprocess.run([sys.executable, "-B", SOURCE / "packaging/sbom.py", POSTERN, BUILD], capture_output=True,
                          text=True, timeout=120, env={**os.environ, **environment}, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def faults(document):
    """What SPDX 2.3 forbids, one line each."""
    for key, value in (("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0"), ("SPDXID", "SPDXRef-DOCUMENT")):
        if document.get(key) != value:
            yield f"{key} is {document.get(key)!r}"
    if not re.fullmatch(r"https://[^#\s]+", document.get("documentNamespace", "")):
        yield "documentNamespace is no URI without a fragment"
    created = document["creationInfo"]
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created["created"]):
        yield "created is no UTC time"
    if not created["creators"] or not all(re.match(r"(Person|Organization|Tool): ", c) for c in created["creators"]):
        yield "creators"
    known = [document["SPDXID"]] + [p["SPDXID"] for p in document["packages"]]
    for name, count in collections.Counter(known).items():
        if count > 1:
            yield f"{name} twice"
        if not re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name):
            yield f"{name} is no identifier"
    for package in document["packages"]:
        for key in ("name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"):
            if not package.get(key):
                yield f"{package['SPDXID']} has no {key}"
        if package["filesAnalyzed"] is not False:
            yield f"{package['SPDXID']} claims that its files were looked at"
        if not re.match(r"(Person|Organization): \S", package["supplier"]):
            yield f"{package['SPDXID']} has no supplier"
        for reference in package.get("externalRefs", []):
            if reference["referenceType"] != "purl" or not re.fullmatch(
                    r"pkg:deb/debian/[a-z0-9.%A-Z+-]+@[^?+\s]+\?arch=\w+", reference["referenceLocator"]):
                yield f"{package['SPDXID']}: {reference}"
    for relation in document["relationships"]:
        for side in ("spdxElementId", "relatedSpdxElement"):
            if relation[side] not in known:
                yield f"{relation[side]} is not there"
        if relation["relationshipType"] not in RELATIONS:
            yield relation["relationshipType"]
    related = {relation[side] for relation in document["relationships"] for side in ("spdxElementId", "relatedSpdxElement")}
    for name in known:
        if name not in related:
            yield f"{name} stands alone"


@unittest.skipUnless(shutil.which("dpkg-query") and shutil.which("ninja") and (BUILD / ".ninja_deps").exists(),
                     "no Debian, or the program was not built here by ninja")
class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = make(SOURCE_DATE_EPOCH="1796083200")
        cls.document = json.loads(cls.text)

    def related(self, kind):
        names = {p["SPDXID"]: p["name"] for p in self.document["packages"]}
        return {names[r["relatedSpdxElement"]] for r in self.document["relationships"] if r["relationshipType"] == kind}

    def test_is_valid(self):
        self.assertEqual(list(faults(self.document)), [])

    def test_the_checker_bites(self):
        for spoil in (lambda d: d["packages"][1].update(SPDXID="SPDXRef-a b"), lambda d: d.update(spdxVersion="SPDX-2.2"),
                      lambda d: d["relationships"].append({"spdxElementId": "SPDXRef-postern", "relationshipType": "USES",
                                                           "relatedSpdxElement": "SPDXRef-none"}),
                      lambda d: d["packages"][0].pop("supplier") and d["packages"][0].update(supplier="me"),
                      lambda d: d["relationships"].pop(0)):
            document = json.loads(self.text)
            spoil(document)
            self.assertNotEqual(list(faults(document)), [])

    def test_holds_every_library_that_the_program_says_it_needs(self):
        """The program's own list (readelf), each brought by one of the packages."""
        if shutil.which("readelf") is None:
            self.skipTest("readelf is not installed")
        needed = re.findall(r"\(NEEDED\).*\[(.+)\]", subprocess.run(["readelf", "-d", POSTERN], capture_output=True,
                                                                   text=True, timeout=60, check=True).stdout)
        self.assertGreater(len(needed), 5)
        brought = subprocess.run(["dpkg-query", "-L", *sorted(self.related("DYNAMIC_LINK"))], capture_output=True,
                                 text=True, timeout=60, check=True).stdout
        self.assertEqual(set(needed) - {line.rpartition("/")[2] for line in brought.splitlines()}, set())

    def test_holds_the_libraries_that_are_headers_alone(self):
        compiled = self.related("STATIC_LINK")
        for package in ("nlohmann-json3-dev", "libcli11-dev", "libexpected-dev"):
            self.assertIn(package, compiled)
        self.assertTrue([name for name in compiled if name.startswith("libboost")], compiled)
        self.assertFalse([name for name in compiled if "gtest" in name], "tests are not in the program")

    def test_is_of_this_program_and_the_same_twice(self):
        octets = pathlib.Path(POSTERN).read_bytes()
        self.assertEqual(self.document["packages"][0]["checksums"][0]["checksumValue"], hashlib.sha256(octets).hexdigest())
        self.assertEqual(self.document["creationInfo"]["created"], "2026-12-01T00:00:00Z")
        self.assertEqual(make(SOURCE_DATE_EPOCH="1796083200"), self.text)


if __name__ == "__main__":
    unittest.main()
