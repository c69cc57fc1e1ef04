"""Man pages and shell completions, judged by the programs that read them."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import postern


def commands():
    """Every command's words, from the help texts."""
    found = []

    def walk(words):
        text = postern(*words, "--help").out
        found.append(words)
        _, _, listed = text.partition("\nSubcommands:\n")
        for line in listed.split("\n\n")[0].splitlines():
            match = re.match(r"  ([a-z-]+)( |$)", line)
            if match:
                walk([*words, match.group(1)])

    walk([])
    return found


def powershell_table(script):
    """Command to its words, options and values, from the script's own literals."""
    literal = r"@\(((?:'(?:[^']|'')*'(?:, )?)*)\)"

    def words(text):
        return [word.replace("''", "'") for word in re.findall(r"'((?:[^']|'')*)'", text)]

    table = {}
    for path, rest in re.findall(r"  \$commands\['([^']*)'\] = @\{\n(.*?)\n  \}\n", script, re.S):
        table[path] = {key: words(re.search(rf"{key} = {literal}", rest).group(1))
                       for key in ("Words", "Options")}
        table[path]["Values"] = [(words(names), words(offered)) for names, offered in re.findall(
            rf"@\{{ Names = {literal}; Words = {literal} \}}", rest)]
    return table


class ManPages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.assertEqual(postern("manual", "--out", self.folder.name).status, 0)
        self.pages = pathlib.Path(self.folder.name)

    def test_every_command_has_a_page(self):
        expected = {"-".join(["postern", *words]) + ".1" for words in commands()}
        self.assertIn("postern-tenant-convert.1", expected)
        self.assertEqual({page.name for page in self.pages.iterdir()}, expected)

    def test_a_page_names_every_option_and_exit_status(self):
        page = (self.pages / "postern-impact.1").read_text().replace("\\-", "-")
        for word in re.findall(r"--[a-z-]+", postern("impact", "--help").out):
            self.assertIn(word, page)
        self.assertIn(".SH EXIT STATUS\n", page)
        self.assertIn("|\\fBcsv\\fR", page)

    def test_mandoc_finds_no_fault(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        lint = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", *sorted(map(str, self.pages.iterdir()))],
            capture_output=True, text=True, timeout=60)
        faults = [line for line in lint.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(faults, [])

    def test_a_folder_that_cannot_be_made_is_told(self):
        result = postern("manual", "--out", "/dev/null/pages")
        self.assertEqual(result.status, 2)
        self.assertEqual(len(result.err.splitlines()), 1)


class Completions(unittest.TestCase):
    def script(self, shell, program=None, suffix=None):
        if not shutil.which(program or shell):
            self.skipTest(f"{program or shell} is not installed")
        result = postern("completion", shell)
        self.assertEqual(result.status, 0)
        file = tempfile.NamedTemporaryFile("w", suffix=suffix or "." + shell)
        self.addCleanup(file.close)
        file.write(result.out)
        file.flush()
        return file.name

    def ask(self, *command):
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def bash(self, *words):
        quoted = " ".join("'" + word + "'" for word in words)
        return self.ask(
            "bash", "--norc", "-c",
            f"source {self.script('bash')}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
            "_postern; printf '%s\\n' \"${COMPREPLY[@]}\"").split()

    def test_bash(self):
        self.assertEqual(self.bash("postern", "imp"), ["impact"])
        self.assertEqual(self.bash("postern", "tenant", "conv"), ["convert"])
        self.assertEqual(self.bash("postern", "impact", "--output", ""), ["text", "json", "csv", "html", "markdown", "sarif", "junit", "ocsf", "oscal"])
        self.assertEqual(self.bash("postern", "impact", "t", "--base"), ["--baseline"])
        self.assertEqual(self.bash("postern", "impact", "/dev/nul"), ["/dev/null"])
        self.assertEqual(self.bash("postern", "completion", "z"), ["zsh"])
        self.assertEqual(self.bash("postern", "completion", "p"), ["powershell"])

    def test_powershell_offers_what_bash_offers(self):
        """PowerShell is in no Debian package: its table is read here as PowerShell's documents say."""
        table = powershell_table(postern("completion", "powershell").out)
        self.assertEqual(set(table), {"postern" if not words else "postern " + " ".join(words)
                                      for words in commands()})
        for path in ("postern", "postern tenant", "postern impact", "postern gate"):
            words = path.split()
            self.assertEqual(sorted(table[path]["Options"]), sorted(self.bash(*words, "-")))
        self.assertEqual(sorted(table["postern tenant"]["Words"]), sorted(self.bash("postern", "tenant", "")))
        values = {name: value for names, value in table["postern impact"]["Values"] for name in names}
        self.assertEqual(values["--output"], self.bash("postern", "impact", "--output", ""))
        self.assertEqual(values["--out"], [], "PowerShell offers files")

    def test_powershell_itself(self):
        script = self.script("powershell", "pwsh", ".ps1")
        line = "postern impact --output "
        answer = self.ask("pwsh", "-NoProfile", "-Command",
                          f". {script}; "
                          f"(TabExpansion2 '{line}' {len(line)}).CompletionMatches.CompletionText")
        self.assertEqual(answer.split(), self.bash("postern", "impact", "--output", ""))

    def fish(self, line):
        answer = self.ask("fish", "--no-config", "-c",
                          f"source {self.script('fish')}; complete -C '{line}'")
        return [row.split("\t")[0] for row in answer.splitlines()]

    def test_fish(self):
        self.assertEqual(self.fish("postern imp"), ["impact"])
        self.assertEqual(self.fish("postern tenant conv"), ["convert"])
        self.assertEqual(sorted(self.fish("postern impact --output ")), ["csv", "html", "json", "junit", "markdown", "ocsf", "oscal", "sarif", "text"])
        self.assertEqual(self.fish("postern impact t --base"), ["--baseline"])
        self.assertEqual(self.fish("postern impact /dev/nul"), ["/dev/null"])

    def test_zsh(self):
        script = self.script("zsh")
        # A shell of its own on a pseudo terminal, as zsh completes only what is typed.
        program = f"""
zmodload zsh/zpty
zpty shell zsh -f
zpty -w shell 'PROMPT=; setopt no_beep; autoload -Uz compinit; compinit -u -D'
zpty -w shell 'functions[_complete_postern]="$(<{script})"; compdef _complete_postern postern'
zpty -w shell 'echo rea''dy'
zpty -m -r shell seen '*ready*'
zpty -w -n shell $'postern tenant conv\\t'
zpty -m -r shell seen '*convert*' && print found
zpty -d shell
"""
        answer = subprocess.run(["zsh", "-f", "-c", program], capture_output=True, text=True,
                                timeout=60)
        self.assertIn("found", answer.stdout)


if __name__ == "__main__":
    unittest.main()
