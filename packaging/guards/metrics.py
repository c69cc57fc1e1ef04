"""Each figure that the gate counts stands on the page of metrics, and none that it does not count."""

import re

from .tree import Finding, line_of

PAGE = "docs/metrics.md"
CODE = "src/gate/metrics.cpp"
COUNTED = re.compile(r'page\.(?:counter|gauge|histogram|head)\(\s*"([a-z_]+)"')
TOLD = re.compile(r"`postern_([a-z_]+)`")


def check(tree):
    if PAGE not in tree.files or CODE not in tree.files:
        return
    page, code = tree.text(PAGE), tree.text(CODE)
    told = {found.group(1): line_of(page, found.start()) for found in TOLD.finditer(page)}
    counted = {found.group(1): line_of(code, found.start()) for found in COUNTED.finditer(code)}
    for name in sorted(counted.keys() - told.keys()):
        yield Finding(CODE, counted[name], f"counts postern_{name}, which {PAGE} does not tell")
    for name in sorted(told.keys() - counted.keys()):
        yield Finding(PAGE, told[name], f"tells of postern_{name}, which nothing counts")
