"""What the tests of live tenants share: a stand-in, a profile, and the program run against it."""

import pathlib
import tempfile
import unittest

from program import EXAMPLE, postern
from standin import service

EXPORTS = EXAMPLE / "tenant"
SECRET = "s3cr3t~never.shown-anywhere"


class Live(unittest.TestCase):
    """A stand-in with one tenant and one application that signs in with a secret."""

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.there = service.StandIn(cls.holder.name)
        cls.addClassCleanup(cls.there.__exit__)

    def setUp(self):
        there = self.there
        there.seen.clear()
        there._faults.clear()  # pylint: disable=protected-access
        there.page_size, there.paging, there.token_life = 1000, "works", 3600
        there.pages_all_the_same = False
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tenant = there.add_tenant(f"t{len(there.tenants)}.onmicrosoft.com", EXPORTS)
        self.app = there.add_app(secret=SECRET)
        self.config = self.folder / "config.toml"
        self.profiles = ""
        self.profile("contoso", self.tenant, self.app)

    def profile(self, name, tenant=None, app=None, **keys):
        self.profiles += self.there.profile(name, tenant, app, **keys) + "\n"
        self.config.write_text(self.profiles)

    def put(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def run_live(self, *arguments, secret=SECRET, timeout=60, **environment):
        if secret is not None:
            environment["POSTERN_CLIENT_SECRET"] = secret
        done = postern(*arguments, "--config", self.config, timeout=timeout,
                       env=self.there.environment(**environment))
        self.assertNotIn(SECRET, done.out + done.err)
        self.assertNotIn("SECRETSTACK", done.out + done.err)
        for token in self.there.tokens:
            self.assertNotIn(token, done.out + done.err)
        return done

    def audit(self, *more, name="live:contoso", **options):
        return self.run_live("audit", name, *more, **options)

    def assert_line(self, done, *words, status=2):
        """One line on standard error that says all of it, and nothing on standard output."""
        self.assertEqual(done.status, status, done)
        self.assertEqual(done.out, "", done)
        self.assertEqual(done.err.count("\n"), 1, done)
        for word in words:
            self.assertIn(str(word), done.err)
