"""Text from outside does not compile into a document unescaped, nor does one context's into another."""

import os
import subprocess
import unittest

HEAD = """
#include <string>
#include <string_view>
#include "report/written.hpp"
using namespace postern::report;
void write(Html& html, Xml& xml, Csv& csv, Markdown& markdown, const std::string& mail, std::string_view view,
           const char* pointer) {
"""
WRONG = (
    "html << mail;",
    "html << view;",
    "html << pointer;",
    "html << mail.c_str();",
    "html << xml;",
    "xml << html;",
    "markdown << html;",
    "csv << mail;",
    "csv << markdown;",
    "html << Own(pointer);",
    "html.attribute(pointer, mail);",
    "csv.attribute(\"name\", mail);",
)


def compiles(line):
    rooms = os.environ["ROOMS"]
    command = [os.environ["CXX"], "-std=c++20", "-fsyntax-only", "-x", "c++", "-"]
    command += [f"-I{rooms}/{room}" for room in ("report", "base")]
    done = subprocess.run(command, input=(HEAD + line + "\n}\n").encode(), capture_output=True,
                          timeout=120, check=False)
    return done.returncode == 0, done.stderr.decode("utf-8", "replace")


class Unescaped(unittest.TestCase):
    def test_what_is_meant_compiles(self):
        done, told = compiles('html << "<p>"; html.text(mail).attribute("title", view) << 7u; '
                              'xml.text(mail); csv.text(view); markdown.text(pointer);')
        self.assertTrue(done, told)

    def test_what_is_not_escaped_does_not(self):
        for line in WRONG:
            with self.subTest(line):
                self.assertFalse(compiles(line)[0])


if __name__ == "__main__":
    unittest.main()
