#!/usr/bin/env python3
"""A small tree in order, and one fault of each kind planted in it: each guard must find it, where it
stands, and nothing else."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import house
from guards import headers
from guards.includes import HEADER_OF
from guards.tree import Tree

ROOM = """postern_room(
  {name}
  SOURCES {name}.cpp
  USES {uses}
  THROUGH {through}
  LIBRARIES fmt::fmt
  TESTS {name}_test.cpp
  TEST_USES {test_uses})
"""

# Three rooms: tent includes pole, whose header brings peg along.
IN_ORDER = {
    "CMakeLists.txt": "set(POSTERN_ROOMS\n    peg\n    pole\n    tent)\n",
    "README.md": "See [the flow](docs/flow.md), `src/tent/tent.cpp` and `tests/cases/*.txt`.\n"
                 "Yours is `tenant.toml`, in `/etc/postern/`.\n",
    "docs/flow.md": "From `peg.hpp` on. `src/{peg,pole}/README.md` say the rest.\n\n"
                    "```\nsrc/not/ours.cpp\n```\n",
    "tests/cases/one.txt": "",
    "src/peg/CMakeLists.txt": ROOM.format(name="peg", uses="", through="", test_uses=""),
    "src/peg/README.md": "# peg\n\n- May use: the standard library.\n- Start at: `peg.hpp`.\n\n"
                         "| file | is |\n|---|---|\n| `peg`, `testing/*` | a peg |\n",
    "src/peg/peg.hpp": "#pragma once\n#include <string>\nstruct Peg { std::string name; };\n",
    "src/peg/peg.cpp": '#include "peg/peg.hpp"\nstatic std::string name;\n',
    "src/peg/peg_test.cpp": '#include "peg/peg.hpp"\n#include "peg/testing/pegs.hpp"\n',
    "src/peg/testing/pegs.hpp": "#pragma once\n#include <gtest/gtest.h>\n",
    "src/pole/CMakeLists.txt": ROOM.format(name="pole", uses="peg", through="", test_uses=""),
    "src/pole/README.md": "# pole\n\nMay use `peg/` (its header); files. Reads `src/peg/peg.cpp`.\n",
    "src/pole/pole.hpp": '#pragma once\n#include "peg/peg.hpp"\nstruct Pole { Peg peg; };\n',
    "src/pole/pole.cpp": '#include "pole/pole.hpp"\n// See peg/peg.hpp and docs/flow.md.\n',
    "src/pole/pole_test.cpp": '#include "pole/pole.hpp"\n',
    "src/tent/CMakeLists.txt": ROOM.format(name="tent", uses="pole", through="peg", test_uses=""),
    "src/tent/README.md": "# tent\n\n- May use: `pole`.\n",
    "src/tent/tent.cpp": '#include "pole/pole.hpp"\n',
    "src/tent/tent_test.cpp": "// Nothing.\n",
}


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in IN_ORDER.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def append(self, path, text):
        self.write(path, (self.root / path).read_text() + text)

    def found(self):
        return [str(finding) for finding in house.findings(self.root)]

    def assert_found(self, *expected):
        self.assertEqual(self.found(), list(expected))

    def test_a_tree_in_order(self):
        self.assert_found()

    def test_a_file_that_is_too_long(self):
        self.write("src/peg/peg.cpp", '#include "peg/peg.hpp"\n' + "\n" * 600)
        self.assert_found("src/peg/peg.cpp: 601 lines; over 600 a file is about two things: cut it")
        self.write("src/peg/peg.cpp", '#include "peg/peg.hpp"\n' + "\n" * 599)
        self.assert_found()

    def test_a_standard_header_that_is_missing(self):
        self.append("src/peg/peg.hpp", "struct Long {\n  uint32_t metres;  // std::vector\n};\n")
        self.assert_found("src/peg/peg.hpp:5: uses uint32_t and does not include <cstdint>")

    def test_the_header_of_another_name_excuses_nothing(self):
        self.append("src/pole/pole.cpp", "static std::string name;\n")
        self.assert_found("src/pole/pole.cpp:3: uses std::string and does not include <string>")

    def test_a_name_in_a_text_is_no_use(self):
        self.append("src/pole/pole.cpp", '/* std::map */ const char* a = "std::set"; // std::list\n'
                                         'const char* b = R"(\n" std::array)";\n')
        self.assert_found()

    def test_a_name_that_nobody_knows(self):
        self.append("src/peg/peg.cpp", "std::flat_map x;\n")
        self.assert_found("src/peg/peg.cpp:3: uses std::flat_map, which packaging/guards/includes.py "
                          "does not know: add it to its table")

    def test_a_declaration_that_nothing_uses(self):
        self.append("src/pole/pole.cpp", "namespace at = house;\nusing house::Peg;\nusing house::Pole;\n"
                                         "Pole up();  // Peg\n")
        self.assert_found("src/pole/pole.cpp:3: nothing here uses at: remove the line",
                          "src/pole/pole.cpp:4: nothing here uses Peg: remove the line")

    def test_a_function_that_nothing_calls(self):
        self.append("src/peg/peg.hpp", "int drive(int depth);\nstd::string pull(\n    int depth);\n"
                                       "inline int twice(int depth) { return drive(2 * depth); }\n")
        self.append("src/peg/peg.cpp", "int drive(int depth) {\n  return depth;\n}\n"
                                       "std::string pull(int) {\n  return {};\n}\n")
        self.append("src/peg/peg_test.cpp", "int seen =\n    twice(1);\n")
        self.assert_found("src/peg/peg.hpp:5: nothing calls pull: call it, or remove it")
        self.append("src/tent/tent.cpp", "void pitch() {\n  pull(3);\n}\n")
        self.assert_found()

    def test_a_key_that_nothing_reads(self):
        self.write("src/tent/tent_keys.cpp", 'Rows rows = {{"depth", number(&Tent::depth)},\n'
                                             '             {"width", number(&Tent::width)}};\n')
        self.append("src/tent/tent.cpp", "int wide(const Tent& tent) { return tent.width; }  // depth\n")
        self.assert_found("src/tent/tent_keys.cpp:1: a key sets depth, and nothing reads it: use it, or "
                          "remove the key")

    def test_a_room_that_is_not_linked(self):
        self.append("src/tent/tent.cpp", '#include "peg/peg.hpp"\n')
        self.assert_found(
            "src/tent/CMakeLists.txt: THROUGH names peg, which comes along with no header: take it away",
            "src/tent/tent.cpp:2: includes peg/, which is not among USES in src/tent/CMakeLists.txt")

    def test_a_room_that_is_linked_for_nothing(self):
        self.write("src/tent/CMakeLists.txt",
                   ROOM.format(name="tent", uses="pole peg", through="", test_uses=""))
        self.assert_found(
            "src/tent/CMakeLists.txt: USES peg, but nothing in tent includes it: take it away",
            'src/tent/README.md:3: "May use" leaves out peg, which the room links')

    def test_a_room_that_comes_along_unsaid(self):
        self.write("src/tent/CMakeLists.txt",
                   ROOM.format(name="tent", uses="pole", through="", test_uses=""))
        self.assert_found("src/tent/CMakeLists.txt: peg/ comes along with a header that tent includes: "
                          "add it to THROUGH")

    def test_an_arrow_that_runs_up(self):
        self.append("src/peg/peg.cpp", '#include "tent/tent.hpp"\n')
        self.write("src/peg/CMakeLists.txt",
                   ROOM.format(name="peg", uses="tent", through="", test_uses=""))
        self.write("src/peg/README.md", "May use: `tent`.\n")
        self.assert_found("src/peg/CMakeLists.txt: peg links tent, which is no room below it in "
                          "POSTERN_ROOMS (CMakeLists.txt)")

    def test_a_room_that_only_tests_use(self):
        self.append("src/tent/tent_test.cpp", '#include "peg/peg.hpp"\n')
        self.assert_found("src/tent/tent_test.cpp:2: includes peg/: add it to TEST_USES in "
                          "src/tent/CMakeLists.txt")
        self.write("src/tent/CMakeLists.txt",
                   ROOM.format(name="tent", uses="pole", through="peg", test_uses="peg"))
        self.assert_found()

    def test_a_readme_that_says_something_else(self):
        self.write("src/tent/README.md", "# tent\n\n- May use: `peg` (and `pole`). `pole` too.\n")
        self.assert_found('src/tent/README.md:3: "May use" leaves out pole, which the room links',
                          'src/tent/README.md:3: "May use" names peg, which the room does not link')

    def test_a_readme_whose_table_leaves_a_file_out(self):
        self.append("src/tent/README.md", "\n| file | holds |\n|---|---|\n| `tent` | it |\n")
        self.assert_found()
        self.write("src/tent/rope.cpp", '#include "pole/pole.hpp"\n')
        self.assert_found("src/tent/README.md:5: the table of files leaves out rope")
        self.append("src/tent/README.md", "| `ro*` | a rope |\n")
        self.assert_found()

    def test_a_readme_that_says_nothing(self):
        self.write("src/tent/README.md", "# tent\n")
        self.assert_found('src/tent/README.md: lacks the sentence "May use: `room`, ..."')
        (self.root / "src/tent/README.md").unlink()
        self.assert_found(
            "src/tent/README.md: every room has a README that says what it promises and may use")

    def test_a_helper_of_tests_that_is_not_marked(self):
        self.write("src/peg/many.hpp", "#pragma once\n")
        self.append("src/peg/peg_test.cpp", '#include "peg/many.hpp"\n')
        self.assert_found("src/peg/many.hpp: only tests include it: such a header lies in a folder "
                          "testing/")
        self.append("src/peg/many.hpp", "#include <gtest/gtest.h>\n")
        self.assert_found("src/peg/many.hpp: includes gtest: a header for tests lies in a folder testing/")

    def test_what_is_built_into_a_room_is_no_helper_of_tests(self):
        self.write("src/peg/many.hpp", "#pragma once\n")
        self.write("src/peg/many.cpp", '#include "peg/many.hpp"\n')
        self.append("src/peg/peg_test.cpp", '#include "peg/many.hpp"\n')
        self.assert_found("src/peg/many.hpp: only tests include it: such a header lies in a folder "
                          "testing/")
        self.write("src/peg/CMakeLists.txt", ROOM.format(name="peg", uses="", through="", test_uses="")
                   .replace("SOURCES peg.cpp", "SOURCES many.cpp peg.cpp"))
        self.assert_found()

    def test_a_helper_of_tests_in_the_program(self):
        self.append("src/peg/peg.cpp", '#include "peg/testing/pegs.hpp"\n')
        self.assert_found("src/peg/peg.cpp:3: includes peg/testing/pegs.hpp, which is for tests")

    def test_a_page_that_names_what_is_not_there(self):
        self.append("README.md", "\n`src/tent/canvas.cpp`, `tests/cases/*.smtp`, [more](docs/more.md)\n")
        self.assert_found("README.md:4: links to docs/more.md, which does not exist",
                          "README.md:4: names `src/tent/canvas.cpp`, and there is no such file",
                          "README.md:4: names `tests/cases/*.smtp`, and there is no such file")

    def test_a_readme_means_the_files_of_its_room(self):
        self.append("src/tent/README.md", "Start at `peg.hpp`.\n")
        self.assert_found("src/tent/README.md:4: names `peg.hpp`, and there is no such file")

    def test_a_table_of_files(self):
        self.append("src/peg/README.md", "| `hammer` | drives it |\n")
        self.assert_found("src/peg/README.md:9: lists `hammer`, and there is no such file beside it")

    def test_a_promise_whose_test_is_not_there(self):
        self.write("tests/cases/one.txt", "case A tent stands\n")
        self.write("src/tent/tent_test.cpp", "TEST(Tent, Stands) {}\nTEST_P(Rain, Falls) {}\n")
        self.write("tests/tent_test.py", "class Tent:\n    def test_stands(self):\n        pass\n")
        self.append("README.md", "\n| promise | test |\n| --- | --- |\n"
                    "| It stands | `src/tent/tent_test.cpp` `Tent.Stands`, `Rain`; `tests/cases/one.txt` `A tent` |\n"
                    "| It stands still | `tests/tent_test.py` `Tent`, `test_stands` |\n"
                    "| It falls | `src/tent/tent_test.cpp` `Tent.Falls`, `Storm`; `tests/cases/one.txt` `falls` |\n"
                    "| It flies | `tests/tent_test.py` `test_flies` |\n"
                    "| It floats | some day |\n")
        row = "README.md:{}: names `{}` of {}, which is not in it"
        self.assert_found(row.format(8, "Storm", "src/tent/tent_test.cpp"),
                          row.format(8, "Tent.Falls", "src/tent/tent_test.cpp"),
                          row.format(8, "falls", "tests/cases/one.txt"),
                          row.format(9, "test_flies", "tests/tent_test.py"),
                          "README.md:10: promises, and names no test")

    def test_a_promise_whose_test_never_runs(self):
        self.write("tests/tent_test.py", "class Tent:\n    @unittest.skip('later')\n    def test_stands(self):\n"
                   "        pass\n    def test_holds(self):\n        self.skipTest('later')\n"
                   "    def test_stays(self):\n        pass\n    @unittest.skipUnless(wind, 'no wind')\n"
                   "    def test_bends(self):\n        pass\n")
        self.append("README.md", "\n| promise | test |\n| --- | --- |\n| It stands | `tests/tent_test.py` "
                    "`test_stands`, `Tent.test_holds`, `test_stays`, `test_bends` |\n")
        self.assert_found("README.md:6: names `Tent.test_holds` of tests/tent_test.py, which never runs",
                          "README.md:6: names `test_stands` of tests/tent_test.py, which never runs")

    def test_a_name_with_two_meanings(self):
        self.write("tests/tent_test.py", "OWN = 1\nif OWN:\n    OWN = 2\nclass Tent:\n    def test_stands(self):\n"
                   "        a = 1\n        a = 2\n    @property\n    def pole(self):\n        pass\n"
                   "    @pole.setter\n    def pole(self, it):\n        pass\n")
        self.assert_found()
        self.append("tests/tent_test.py", "    def test_stands(self):\n        pass\nA, OWN = 3, 4\n")
        lost = "tests/tent_test.py:{}: gives {} a second meaning, and the one in line {} is lost"
        self.assert_found(lost.format(14, "test_stands", 5), lost.format(16, "OWN", 1))

    def test_an_event_of_the_log_that_no_page_tells(self):
        self.write("docs/gate.md", "| event | of |\n|---|---|\n| `refused`, `would_refuse`, `exception` | mail |\n"
                                   "| `undetermined`, `held` | mail |\n")
        self.append("src/peg/peg.cpp", 'LogLine a(good() ? "held" : "refused");\n')
        self.assert_found()
        self.append("src/peg/peg.cpp", 'void b() { write(LogLine("let_go").add("why", "none")); }\n')
        self.append("docs/gate.md", "| `dropped` | mail |\n")
        self.assert_found("docs/gate.md:1: tells of the event dropped, which nothing logs",
                          "src/peg/peg.cpp:4: logs let_go, which docs/gate.md does not tell")

    def test_a_metric_that_no_page_tells(self):
        self.write("src/gate/metrics.cpp", 'page.counter("mails_total", m.mails,\n"Mails.");\npage.head(\n"kinds", "");\n')
        self.write("docs/metrics.md", "| `postern_mails_total` | |\n| `postern_kinds`, `postern_stones` | |\n")
        self.assertEqual([each for each in self.found() if "postern_" in each],
                         ["docs/metrics.md:2: tells of postern_stones, which nothing counts"])
        self.append("src/gate/metrics.cpp", 'page.gauge("sticks", m.sticks, "Sticks.");\n')
        self.assertIn("src/gate/metrics.cpp:5: counts postern_sticks, which docs/metrics.md does not tell", self.found())

    def test_a_reply_that_no_page_tells(self):
        self.write("src/smtp/greet.cpp", 'auto a = Reply{550, "5.7.1", "Not " "you"};  // "4.0.0", "never"\n'
                                         'auto b = fmt::format("{}", say({421, "4.3.2", host + " Too busy {}"}));\n')
        self.write("docs/gate-replies.md", "| reply | when |\n|---|---|\n| `550 5.7.1 Not you`, `421 4.3.2 HOST Too busy …` | |\n")
        self.assertEqual([each for each in self.found() if "gate-replies" in each], [])
        self.append("docs/gate-replies.md", "| `550 5.7.2 Not them` | |\n")
        self.append("src/smtp/greet.cpp", 'auto c = Reply{550, "5.7.3", "Nor us"};\n')
        self.assertEqual([each for each in self.found() if "gate-replies" in each],
                         ['docs/gate-replies.md:4: tells of "5.7.2 Not them", which nothing says',
                          'src/smtp/greet.cpp:3: says "5.7.3 Nor us", which docs/gate-replies.md does not tell'])

    def test_a_reply_whose_row_lacks_the_name_that_stands_before_its_text(self):
        self.write("src/smtp/greet.cpp", 'auto a = Reply{421, "4.7.0", name + " Too many errors"};\n'
                                         'void b() { give_up("4.4.2", "Timeout, closing", out); }\n')
        rows = "| reply | when |\n|---|---|\n| `421 4.7.0 {0}Too many errors`, `421 4.4.2 {0}Timeout, closing …` | |\n"
        self.write("docs/gate-replies.md", rows.format("HOST "))
        self.assertEqual([each for each in self.found() if "gate-replies" in each], [])
        self.write("docs/gate-replies.md", rows.format(""))
        self.assertEqual([each for each in self.found() if "which docs" in each],
                         ['src/smtp/greet.cpp:1: says "4.7.0 HOST Too many errors", which docs/gate-replies.md does not tell',
                          'src/smtp/greet.cpp:2: says "4.4.2 HOST Timeout, closing", which docs/gate-replies.md does not tell'])

    def test_a_comment_that_names_what_is_not_there(self):
        self.append("src/peg/peg.cpp", "int a;  // see peg/hole.hpp\n")
        self.write("tests/run.py", '"' * 3 + 'Reads docs/none.md.' + '"' * 3 + '\n# and tests/cases/one.txt\n')
        self.write("tests/run.sh", "# src/NAME/README.md, tests/gone/\n")
        self.assert_found("src/peg/peg.cpp:3: a comment names peg/hole.hpp, and there is no such file",
                          "tests/run.py:1: a comment names docs/none.md, and there is no such file",
                          "tests/run.sh:1: a comment names tests/gone/, and there is no such file")

    def two_files(self, first, second):
        """What is found where both stand in anonymous namespaces of one room."""
        for name, text in (("peg", first), ("ring", second)):
            self.write(f"src/peg/{name}.cpp", f'#include "peg/peg.hpp"\nnamespace postern::peg {{\n'
                                              f"namespace {{\n{text}\n}}\n}}\n")
        return [text.split(" is also")[0] for text in self.found() if "nothing here uses" not in text]

    def test_two_helpers_of_one_name(self):
        name = "src/peg/ring.cpp:4: postern::peg::drive"
        for first, second in (
            ("bool drive(int a, char b) { return a; }", "int drive(int deep, char) {\n  return 1;\n}"),
            ("constexpr int drive = 1;", "constexpr long drive[] = {1, 2};"),
            ("struct drive { int a; };", "class drive {\n public:\n  void run();\n};"),
            ("using drive = Hammer;", "using drive = Saw;"),
            ("using hammers::drive;", "using saws::drive;"),
            ("bool drive(const A& a) { return a; }", "bool drive(const steel::A& of) { return of; }"),
            ("enum class drive { a };", "bool drive(int) { return true; }"),
            ("template <typename T>\nstruct drive {};", "const auto drive = [] { return 1; };"),
        ):
            with self.subTest(first=first, second=second):
                self.assertEqual(self.two_files(first, second), [name])

    def test_names_that_do_not_meet(self):
        for first, second in (
            ("bool drive(int a) { return a; }", "bool drive(char a) { return a; }"),
            ("using drive = Hammer;", "using drive = Hammer;"),
            ("using hammers::drive;", "using hammers::drive;"),
            ("namespace tools = hammers;", "namespace tools = hammers;"),
            ("bool a() { int drive = 1; return drive; }", "bool b() { int drive = 2; return drive; }"),
            ("struct A { int drive; };", "struct B { int drive; };"),
        ):
            with self.subTest(first=first, second=second):
                self.assertEqual(self.two_files(first, second), [])
        self.write("src/peg/ring.cpp", '#include "peg/peg.hpp"\nnamespace postern::peg::ring {\n'
                                       "namespace {\nbool drive(int);\n}\n}\n")
        self.write("src/peg/peg.cpp", '#include "peg/peg.hpp"\nnamespace postern::peg {\n'
                                      "namespace {\nbool drive(int);\n}\n}\n")
        self.assert_found()

    def test_a_decision_goes_by_its_number(self):
        self.write("docs/decisions/0001-pegs.md", "")
        self.append("src/peg/peg.cpp", "// See docs/decisions/0001 and docs/decisions/0002.\n")
        self.assert_found(
            "src/peg/peg.cpp:3: a comment names docs/decisions/0002, and there is no such file")

    def test_a_header_that_does_not_compile_alone(self):
        compiler = shutil.which("c++")
        if compiler is None:
            self.skipTest("no C++ compiler is installed")
        build = self.root / "build"
        build.mkdir()
        (build / "compile_commands.json").write_text(json.dumps([
            {"directory": str(build), "file": str(self.root.resolve() / f"src/{name}/{name}.cpp"),
             "command": f"/usr/bin/ccache {compiler} -I{self.root}/src -Werror -o {name}.o -c "
                        f"{self.root}/src/{name}/{name}.cpp"} for name in ("peg", "pole")]))
        self.write("src/peg/testing/pegs.hpp", "#pragma once\nstruct Pegs;\n")
        self.assertEqual(list(headers.check(Tree(self.root), build)), [])
        self.write("src/peg/hole.hpp", "#pragma once\nstruct Hole { Depth depth; };\n")
        self.write("docs/x.hpp", "")
        found = [str(each) for each in headers.check(Tree(self.root), build)]
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], r"^src/peg/hole\.hpp: does not compile alone: .*Depth")
        self.write("src/tent/tent.hpp", "#pragma once\n")
        self.assertIn("src/tent/tent.hpp: nothing beside it is compiled: is it used at all?",
                      [str(each) for each in headers.check(Tree(self.root), build)])
        self.assertEqual(sorted(each.name for each in build.iterdir()), ["compile_commands.json"])

    def test_the_command_fails_where_there_is_a_fault(self):
        def run():
            return subprocess.run([sys.executable, "-B", house.__file__, str(self.root)],
                                  capture_output=True, text=True, timeout=60, check=False)

        self.assertEqual((run().returncode, run().stdout), (0, "house: in order\n"))
        self.append("src/pole/pole.cpp", "static std::string name;\n")
        done = run()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "house: 1 faults")


class StandardNames(unittest.TestCase):
    def test_each_name_has_one_header(self):
        # A name that stood under two headers would be asked for in whichever came last.
        from guards.includes import HEADERS
        names = [name for listed in HEADERS.values() for name in listed.split()]
        self.assertEqual(sorted(names), sorted(set(names)))
        self.assertEqual(len(names), len(HEADER_OF))


if __name__ == "__main__":
    unittest.main()
