"""packaging/sbom.py PROGRAM BUILD [--out FILE]: what is in the program, as SPDX 2.3 JSON.

Nothing is listed by hand. Shared libraries are those that the loader finds for PROGRAM (ldd), compiled-in
ones those whose headers the build in BUILD included (ninja -t deps); which distribution package each file
is of, its version and its source stand in dpkg's own database. Times come from SOURCE_DATE_EPOCH, so that
the same program gives the same document.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

DPKG = pathlib.Path("/var/lib/dpkg")
NAMESPACE = "https://postern.invalid/spdx"
# Headers of the C and C++ libraries and the kernel: what is linked of them is listed as what it is, a
# shared library.
TOOLCHAIN = re.compile(r"^(libc6-dev|libc-dev|linux-libc-dev|libstdc\+\+-\d+-dev|libgcc-\d+-dev|clang-\d+|libclang.*)$")


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def packages_by_file(wanted):
    """{file: package} of those files that a package brings; files as they are named and as they are."""
    names = {}
    for file in wanted:
        # Since /lib is a link to /usr/lib a file has two names, and dpkg knows one of them.
        for name in {file, os.path.realpath(file)}:
            plain = name.removeprefix("/usr")
            names.update({name: file, plain: file, "/usr" + plain: file})
    found = {}
    for listing in (DPKG / "info").glob("*.list"):
        package = listing.name.removesuffix(".list").partition(":")[0]
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line in names:
                found[names[line]] = package
    return found


def shared_libraries(program):
    return sorted(set(re.findall(r"(?:=> )?(/\S+\.so\S*) \(0x", run("ldd", str(program)))))


def headers(build):
    """Every header outside of the tree that the program's own objects included; not its tests'."""
    out, counts = set(), False
    for line in run("ninja", "-C", str(build), "-t", "deps").splitlines():
        if line and not line.startswith(" "):
            counts = re.search(r"/CMakeFiles/postern(_\w+)?\.dir/", line) is not None
        elif counts and line.startswith("    /usr/"):
            out.add(line.strip())
    return sorted(out)


def described(package):
    fields = ("Version", "Architecture", "source:Package", "source:Version", "Maintainer", "Homepage")
    text = run("dpkg-query", "-W", "-f", "\n".join("${%s}" % f for f in fields) + "\n--\n", package)
    return dict(zip(fields, text.partition("\n--\n")[0].split("\n")))


def identifier(text):
    return re.sub(r"[^A-Za-z0-9.-]", "-", text)


def package_entry(package):
    what = described(package)
    entry = {
        "SPDXID": f"SPDXRef-{identifier(package)}",
        "name": package,
        "versionInfo": what["Version"],
        "supplier": "Organization: " + re.sub(r"\s*<.*>", "", what["Maintainer"]),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": f"built from: {what['source:Package']} {what['source:Version']}",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{package.replace('+', '%2B')}@{what['Version'].replace('+', '%2B')}"
                                f"?arch={what['Architecture']}",
        }],
    }
    if what["Homepage"]:
        entry["homepage"] = what["Homepage"]
    return entry, what["source:Package"]


def document(program, build):
    version = run(str(program), "version").split()[1]
    octets = pathlib.Path(program).read_bytes()
    digest = hashlib.sha256(octets).hexdigest()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or pathlib.Path(program).stat().st_mtime)
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    libraries, included = shared_libraries(program), headers(build)
    owners = packages_by_file([*libraries, *included])
    lost = [file for file in libraries if file not in owners]
    if lost:
        sys.exit(f"sbom.py: no package brings {', '.join(lost)}")
    linked = sorted({owners[file] for file in libraries})
    compiled = sorted({owners[file] for file in included if file in owners} - set(linked))

    packages = [{
        "SPDXID": "SPDXRef-postern",
        "name": "postern",
        "versionInfo": version,
        "supplier": "Organization: The Postern developers",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
    }]
    relationships = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-postern")]
    sources = set()
    for package in linked:
        entry, source = package_entry(package)
        sources.add(source)
        packages.append(entry)
        relationships.append(("SPDXRef-postern", "DYNAMIC_LINK", entry["SPDXID"]))
    for package in compiled:
        if TOOLCHAIN.match(package):
            continue
        entry, source = package_entry(package)
        packages.append(entry)
        # Headers of a library that is linked are how it was linked; of any other its code is in the program.
        if source in sources:
            relationships.append((entry["SPDXID"], "BUILD_DEPENDENCY_OF", "SPDXRef-postern"))
        else:
            relationships.append(("SPDXRef-postern", "STATIC_LINK", entry["SPDXID"]))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"postern-{version}",
        "documentNamespace": f"{NAMESPACE}/postern-{version}-{digest[:32]}",
        "creationInfo": {"created": created, "creators": [f"Tool: postern-sbom-{version}"]},
        "packages": packages,
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                          for a, kind, b in relationships],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program")
    parser.add_argument("build")
    parser.add_argument("--out")
    given = parser.parse_args()
    text = json.dumps(document(given.program, given.build), indent=2, ensure_ascii=False) + "\n"
    if given.out:
        pathlib.Path(given.out).write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
