"""JMESPath for tables, small enough that no expression can run long or grow its input: checked when a table is loaded."""

from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError

LENGTH_MAX = 300
DEPTH_MAX = 20
PIPES_MAX = 4
FUNCTIONS = frozenset(
    [
        "abs",
        "ceil",
        "contains",
        "ends_with",
        "floor",
        "join",
        "keys",
        "length",
        "max",
        "min",
        "not_null",
        "reverse",
        "sort",
        "starts_with",
        "sum",
        "to_array",
        "to_number",
        "type",
        "values",
    ]
)
_REFUSED_NODES = {
    # `[@,@]` doubles its input at each use; tables build their values with the pipeline instead.
    "multi_select_list": "lists of several expressions, [a, b], are not allowed",
    "multi_select_dict": "objects of several expressions, {a: b}, are not allowed",
    "expref": "expression references, &a, are not allowed",
}


class TableRefused(Exception):
    """A table, an expression or a parameter that cannot be used; the message is a sentence that says which and why."""


class Expression(NamedTuple):
    """A compiled expression; `names` are the fields that it mentions."""

    text: str
    names: frozenset[str]
    compiled: Any

    def of(self, context: Any) -> Any:
        """The value, or None where there is none. Raises ValueError for values of a wrong type."""
        try:
            return self.compiled.search(context)
        except (JMESPathError, RecursionError, TypeError, OverflowError) as error:
            raise ValueError(f"`{self.text}` does not fit the payload ({type(error).__name__})") from error

    def holds(self, context: Any) -> bool:
        """JMESPath's truth: null, false, "", [] and {} fail; 0 passes."""
        found = self.of(context)
        return not (found is None or found is False or (isinstance(found, str | list | dict) and not found))


def compiled(text: object) -> Expression:
    """Raises TableRefused for what is no expression or goes beyond the limits."""
    if not isinstance(text, str):
        raise TableRefused(f"{text!r} is no expression: text expected")
    if len(text) > LENGTH_MAX:
        raise TableRefused(f"`{text[:40]}…` is longer than {LENGTH_MAX} characters")
    try:
        found = jmespath.compile(text)
    except (JMESPathError, RecursionError, ValueError) as error:
        raise TableRefused(f"`{text}` is no JMESPath: {' '.join(str(error).split())[:120]}") from error
    names: set[str] = set()
    if _pipes(text, found.parsed, 1, names) > PIPES_MAX:
        raise TableRefused(f"`{text}` has more than {PIPES_MAX} pipes")
    return Expression(text, frozenset(names), found)


def _pipes(text: str, node: Any, depth: int, names: set[str]) -> int:
    """How many pipes there are below; collects names and refuses what is not allowed."""
    if depth > DEPTH_MAX:
        raise TableRefused(f"`{text}` is nested deeper than {DEPTH_MAX}")
    kind = node["type"]
    if kind in _REFUSED_NODES:
        raise TableRefused(f"`{text}`: {_REFUSED_NODES[kind]}")
    if kind == "function_expression" and node["value"] not in FUNCTIONS:
        raise TableRefused(
            f"`{text}`: the function {node['value']} is not allowed; allowed: {', '.join(sorted(FUNCTIONS))}"
        )
    if kind == "subexpression" and node["children"][0]["type"] == "not_expression":
        raise TableRefused(f"`{text}`: !a.b reads as (!a).b; write !(a.b)")
    if kind == "field":
        names.add(node["value"])
    return int(kind == "pipe") + sum(_pipes(text, child, depth + 1, names) for child in node["children"])
