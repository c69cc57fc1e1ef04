"""A Python file says what a name is once: of two assignments, functions or classes of one name in a
module, or two methods of one name in a class, the second hides the first. A test that is hidden
never runs, and a constant that two think of differently is one for whoever comes last."""

import ast

from .tree import Finding


def names(statement):
    """[(name, line)] that the statement gives a meaning."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        # "@property" and "@name.setter" speak of one name, as overloads do.
        return [] if statement.decorator_list else [(statement.name, statement.lineno)]
    targets = (statement.targets if isinstance(statement, ast.Assign) else
               [statement.target] if isinstance(statement, ast.AnnAssign) and statement.value else [])
    return [(name.id, name.lineno) for target in targets for name in ast.walk(target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store) and name.id != "_"]


def check_body(path, body):
    first = {}
    for statement in body:
        for name, line in names(statement):
            if name in first:
                yield Finding(path, line, f"gives {name} a second meaning, and the one in line {first[name]} is lost")
            first.setdefault(name, line)
        if isinstance(statement, ast.ClassDef):
            yield from check_body(path, statement.body)


def check(tree):
    for path in tree.ending(".py"):
        try:
            module = ast.parse(tree.text(path))
        except SyntaxError as wrong:
            yield Finding(path, wrong.lineno or 0, f"is no Python: {wrong.msg}")
            continue
        yield from check_body(path, module.body)
