"""The API's description as a page without any script or outside resource."""

from html import escape
from typing import Any


def api_page(openapi: dict[str, Any], beside: str) -> str:
    """Every call with its parameters, from the OpenAPI document, which lies at `beside`."""
    calls = "".join(
        _call(path, method, said) for path, methods in openapi["paths"].items() for method, said in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Eldercare API</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/app.css"></head>'
        '<body><main class="page"><h1>Eldercare API, version 1</h1><p>JSON; a key goes into the header '
        "<code>Authorization: Bearer KEY</code>. Make one with <code>python -m dashboard apikey add NAME --role district</code>. "
        "Errors are <code>application/problem+json</code>. The same as "
        f'<a class="link" href="{escape(beside)}">OpenAPI</a>.</p>'
        f'<div class="card"><table><thead><tr><th>Call</th><th>Answer</th><th>Parameters</th></tr></thead><tbody>{calls}'
        "</tbody></table></div></main></body></html>"
    )


def _call(path: str, method: str, said: dict[str, Any]) -> str:
    names = ", ".join(one["name"] for one in said.get("parameters", ()))
    return (
        f"<tr><td><code>{escape(method.upper())} {escape(path)}</code></td>"
        f"<td>{escape(said.get('summary', ''))}</td><td>{escape(names)}</td></tr>"
    )
