"""packaging/version.sh: the version from the tags, in a repository of the test's own."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from program import SOURCE

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "tag.gpgSign=false", "-c", "commit.gpgSign=false")


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Version(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        (self.folder / "CMakeLists.txt").write_text("project(postern VERSION 1.2.3 LANGUAGES CXX)\n")

    def git(self, *words):
        return subprocess.run([*GIT, *words], cwd=self.folder, capture_output=True, text=True, timeout=60, check=True).stdout.strip()

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "one")

    def version(self):
        # No repository around the folder counts.
        done = subprocess.run(["sh", SOURCE / "packaging/version.sh", self.folder], capture_output=True, text=True, timeout=60,
                              env={"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}, check=False)
        return done.returncode, done.stdout.strip(), done.stderr

    def test_is_that_of_the_tree_where_nothing_is_tagged(self):
        self.assertEqual(self.version()[:2], (0, ""))
        self.git("init", "-q")
        self.commit()
        self.assertEqual(self.version()[:2], (0, ""))

    def test_on_a_tag_and_behind_one(self):
        self.git("init", "-q")
        self.commit()
        self.git("tag", "-a", "v1.2.3", "-m", "release")
        self.assertEqual(self.version()[:2], (0, "1.2.3"))
        self.commit()
        self.commit()
        self.assertEqual(self.version()[:2], (0, "1.2.3+2.g" + self.git("rev-parse", "--short", "HEAD")))

    def test_a_tag_that_says_otherwise_than_the_tree(self):
        self.git("init", "-q")
        self.commit()
        self.git("tag", "-a", "v1.3.0", "-m", "release")
        status, out, err = self.version()
        self.assertEqual((status, out), (1, ""))
        self.assertIn("the tag is v1.3.0, and CMakeLists.txt says 1.2.3", err)

    def test_other_tags_are_no_releases(self):
        self.git("init", "-q")
        self.commit()
        self.git("tag", "before-the-move")
        self.assertEqual(self.version()[:2], (0, ""))


if __name__ == "__main__":
    unittest.main()
