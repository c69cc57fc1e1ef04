"""What is mutated in a C++ source, and the source that holds all its mutants.

  - each operand of && and || in a condition, a returned truth or a ?: is forced to true, and to false;
  - <, <=, > and >= in it move their boundary; numbers from 2 on become one more and one less;
  - an assignment or a call that stands as a statement is left out;
  - a constant at namespace scope becomes one more and one less.

Sources are as clang-format leaves them, which is what tells a template's < from a comparison's. A site that
does not compile is dropped by the line that the compiler names."""

import dataclasses
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "packaging"))

from guards.includes import code_of  # noqa: E402

HEAD = """#pragma GCC diagnostic ignored "-Wuseless-cast"
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#ifndef POSTERN_MUTANTS
#define POSTERN_MUTANTS
#include <cstdio>
#include <cstdlib>
#include <type_traits>
inline unsigned char postern_mutants_reached[65536];
inline int postern_mutant_chosen = [] {
  std::atexit([] {
    const char* file = std::getenv("POSTERN_MUTANT_HITS");
    std::FILE* to = file != nullptr ? std::fopen(file, "w") : nullptr;
    if (to == nullptr) return;
    for (int n = 0; n < 65536; ++n)
      if (postern_mutants_reached[n] != 0) (void)std::fprintf(to, "%d\\n", n);
    (void)std::fclose(to);
  });
  const char* number = std::getenv("POSTERN_MUTANT");
  return number != nullptr ? std::atoi(number) : 0;
}();
constexpr bool postern_mutant(int n) {
  if (std::is_constant_evaluated()) return false;
  postern_mutants_reached[n] = 1;
  return postern_mutant_chosen == n;
}
#endif
#line 1
"""

CONDITION = re.compile(r"\b(if|while) \(")
TRUTH = re.compile(r"\b(return|const bool \w+ =|bool \w+ =) (?=[^;{]*;)")
CHOICE = re.compile(r"(?:(?<![=!<>])= |return |\()(?=[^;{?=]*\? )")
STATEMENT = re.compile(r"^[ ]+((?![.])(?:[\w.:\[\]*()]|->)+ (?:[-+|&]?=) [^;{}]*;|(?![.])(?:[\w.:]|->)+\([^;{}]*\);|\+\+[\w.\->]+;)",
                       re.MULTILINE)
NO_STATEMENT = re.compile(r"(return|throw|using|delete|case|goto|static_assert|co_\w+|else)\b")
CONSTANT = re.compile(r"^(?:inline )?constexpr ((?:std::)?\w+) (\w+) = (\d+);", re.MULTILINE)
DECLARES = re.compile(r"(const\b|auto\b|[\w:]+(<[^;]*>)?[&*]* [&*]?\w+ = )")
COMPARED = re.compile(r" (<=|<|>=|>) ")
MOVED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
NUMBER = re.compile(r"(?<![\w.'\"])(?:[2-9]|[1-9]\d+)(?![\w.'])")


@dataclasses.dataclass(frozen=True)
class Mutant:
    number: int
    path: str
    line: int
    name: str


def closing(code, at):
    """Behind the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(code[place], 0)
        if depth == 0:
            return place + 1
    return len(code)


def top_level(code, begin, end, words):
    """Where one of the words stands outside all brackets: [(place, word)]."""
    found, place = [], begin
    while place < end:
        if code[place] in "({[":
            place = closing(code, place)
            continue
        word = next((each for each in words if code.startswith(each, place)), None)
        if word:
            found.append((place, word))
        place += len(word) if word else 1
    return found


def operands(code, begin, end):
    """[(begin, end)] of the operands of && and ||, brackets opened."""
    while begin < end and code[begin].isspace():
        begin += 1
    while end > begin and code[end - 1].isspace():
        end -= 1
    if top_level(code, begin, end, (" ? ", "?\n")):
        return []
    joints = top_level(code, begin, end, (" && ", " || ", " &&\n", " ||\n"))
    if joints:
        edges = [begin, *(edge for place, word in joints for edge in (place, place + len(word))), end]
        return [each for at in range(0, len(edges), 2) for each in operands(code, edges[at], edges[at + 1])]
    inner = code[begin:end]
    if inner.startswith("(") and closing(code, begin) == end and ("&&" in inner or "||" in inner):
        return operands(code, begin + 1, end - 1)
    if inner.startswith("!(") and closing(code, begin + 1) == end and ("&&" in inner or "||" in inner):
        return operands(code, begin + 2, end - 1)
    return [(begin, end)] if inner else []


def truths(code):
    """[(begin, end)] of whatever is true or false and can be forced."""
    found = set()
    for match in CONDITION.finditer(code):
        begin, end = match.end(), closing(code, match.end() - 1) - 1
        if ";" in code[begin:end] or DECLARES.match(code, begin):
            continue
        found.update(operands(code, begin, end))
    for match in TRUTH.finditer(code):
        end = code.index(";", match.end())
        # `return a < b;` is a truth; `return a;` may be anything.
        whole = top_level(code, match.end(), end, (" && ", " || ", " &&\n", " ||\n", " == ", " != ", " < ", " <= ",
                                                   " > ", " >= "))
        if whole or match.group(1) != "return":
            found.update(operands(code, match.end(), end))
    for match in CHOICE.finditer(code):
        end = code.index("? ", match.end())
        if code.count("(", match.end(), end) == code.count(")", match.end(), end):
            found.update(operands(code, match.end(), end))
    return sorted(found)


def instrument(path, text, first, dropped):
    """The source with its mutants, numbered from `first`, and [Mutant]; `dropped`: {(path, line)} to leave."""
    code, mutants, edits = code_of(text), [], []

    def line_at(place):
        return code.count("\n", 0, place) + 1

    def mutant(place, what, into):
        line = line_at(place)
        name = f"{path}: {' '.join(what.split())} => {into}"
        same = sum(each.name == name or each.name.startswith(name + " (") for each in mutants)
        mutants.append(Mutant(first + len(mutants), path, line, f"{name} ({same + 1})" if same else name))
        return f"postern_mutant({mutants[-1].number})"

    def is_dropped(begin, end):
        return any((path, line) in dropped for line in range(line_at(begin), line_at(end) + 1))

    for begin, end in truths(code):
        original = text[begin:end]
        if is_dropped(begin, end) or "\n" in original and "//" in original:
            continue
        inner = original
        if "{" not in original:
            choices = []
            for found in COMPARED.finditer(code, begin, end):
                moved = MOVED[found.group(1)]
                into = text[begin:found.start(1)] + moved + text[found.end(1):end]
                choices.append((f"{found.group(1)} becomes {moved}", into))
            for found in NUMBER.finditer(code, begin, end):
                for value in (int(found.group()) + 1, int(found.group()) - 1):
                    into = text[begin:found.start()] + str(value) + text[found.end():end]
                    choices.append((f"{found.group()} becomes {value}", into))
            for what, into in choices:
                inner = f"{mutant(begin, original, what)} ? static_cast<bool>({' '.join(into.split())}) : " + inner
        yes, no = mutant(begin, original, "true"), mutant(begin, original, "false")
        edits.append((begin, end, f"({yes} ? true : {no} ? false : {inner[:len(inner) - len(original)]}"
                                  "static_cast<bool>(", "))"))
    for match in STATEMENT.finditer(code):
        begin, end = match.span(1)
        before = code[:match.start()].rstrip()
        if NO_STATEMENT.match(code, begin) or is_dropped(begin, end) or not before.endswith((";", "{", "}", ")", "else", ":")):
            continue
        if before.endswith(":") and not re.search(r"(case [^\n]*|default):$", before):
            continue
        number = mutant(begin, text[begin:end], "left out")
        edits.append((begin, end, f"{{ if (!{number}) ", " }"))
    for match in CONSTANT.finditer(code):
        if is_dropped(*match.span()):
            continue
        kind, name, value = match.groups()
        more = mutant(match.start(), match.group(), str(int(value) + 1))
        less = mutant(match.start(), match.group(), str(int(value) - 1))
        edits.append((match.start(), match.end(),
                      f"static const {kind} {name} = {more} ? {int(value) + 1} : {less} ? {int(value) - 1} : {value};",
                      None))

    out, at = [], 0
    inserted = []  # (place, order, text): what closes comes before what opens, inner closes first
    for begin, end, prefix, suffix in edits:
        if suffix is None:
            continue
        inserted.append((begin, 1, -end, prefix))
        inserted.append((end, 0, -begin, suffix))
    replaced = {begin: (end, new) for begin, end, new, suffix in edits if suffix is None}
    for place in sorted({*(each[0] for each in inserted), *replaced}):
        out.append(text[at:place])
        at = place
        out += [each[3] for each in sorted(each for each in inserted if each[0] == place)]
        if place in replaced:
            at, new = replaced[place]
            out.append(new)
    return HEAD + "".join(out) + text[at:], mutants
