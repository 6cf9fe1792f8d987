"""One JSON document to one address, with a bounded wait."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from ingest.channels.message import NotKnown, NotTold

TIMEOUT_S = 10
NO_ANSWER_BEHIND = 504
"""A gateway between says that it passed the request on, and heard nothing."""
_ANSWER_OCTETS = 4096


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A robot's address does not move; a redirect would carry its secret elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post(address: str, content: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """The answer's first bytes. Raises NotTold for anything but a 2xx; NotKnown when it was given away and none came."""
    return _asked(address, content, {"content-type": "application/json; charset=utf-8"} | dict(headers or {}))


def call(address: str) -> None:
    """A bare GET, which every watcher of silence takes. Raises NotTold for anything but a 2xx."""
    _asked(address, None, {})


def _asked(address: str, content: bytes | None, headers: dict[str, str]) -> bytes:
    if not address.startswith(("https://", "http://")):
        raise NotTold("the address must begin with https:// or http://")
    # With content it is a POST, without a GET.
    request = urllib.request.Request(address, content, headers)  # noqa: S310 - the scheme is checked above
    try:
        # No proxy of the environment: where these messages go is said in the configuration alone.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(_ANSWER_OCTETS))
    except urllib.error.HTTPError as error:
        if error.code == NO_ANSWER_BEHIND:
            raise NotKnown(f"answered {error.code}") from error
        raise NotTold(f"answered {error.code}") from error
    except (urllib.error.URLError, ValueError) as error:
        # The library's own error: the connection did not come about, or broke before it had taken everything. Never
        # the address itself: it carries the robot's key.
        raise NotTold(f"not reached: {type(error).__name__}") from error
    except (OSError, HTTPException) as error:
        raise NotKnown(f"given away, no answer: {type(error).__name__}") from error


def post_json(address: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises NotTold; NotKnown for an answer that is no JSON object: whoever gave it may have taken the message."""
    try:
        answer = json.loads(post(address, json.dumps(said, ensure_ascii=False).encode()))
    except ValueError as error:
        raise NotKnown("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise NotKnown("the answer is not a JSON object")
    return answer


def accepted(answer: Mapping[str, Any], code: str, words: str) -> str:
    """These robots answer 200 whatever happens; the number inside says whether it was taken."""
    if answer.get(code) != 0:
        raise NotTold(f"answered {code} {answer.get(code)}: {str(answer.get(words, ''))[:200]}")
    return f"{code} 0"
