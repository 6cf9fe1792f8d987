"""Documents that cannot rot: what README and docs/ mention exists. (The generated ones: tests/contract/test_documents.py.)"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if p.is_file())
CHANGES = {"CHANGELOG.md"}
"""Tells of what was, so the commands in it may be gone."""

AWAITED = {"docs/performance.md"}
"""Linked already and written before the release; a line goes when its file comes."""

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#([^)\s]*))?[^)]*\)")
VERB = re.compile(r"(?:`|^\s*\$?\s*)make ([a-z]+)", re.MULTILINE)
PROGRAM = r"ingest|dashboard|edge|contract|local|bench|tests"
COMMAND = re.compile(rf"python3? -m ((?:{PROGRAM})[a-z_.]*)((?: [a-z][a-z-]*)*)([^`\n|]*)")
SUBCOMMAND = re.compile(r"^ {4}([a-z][a-z-]*)(?: {2,}|$)", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """As the common viewers make them of headings."""
    headings = re.findall(r"^#+ (.*)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(text_of(path)):
        found = (path.parent / target).resolve()
        if any(found.is_relative_to(ROOT / awaited) for awaited in AWAITED):
            continue
        assert found.exists(), f"{name_of(path)} → {target}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), f"{name_of(path)} → {target}#{anchor}"


def test_every_decision_has_a_number_of_its_own_and_says_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(set(numbers)) == len(numbers), numbers
    assert [p.name for p in decisions if not text_of(p).startswith(f"# {p.name[:4]} ")] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_verb_of_make_exists(path: Path) -> None:
    verbs = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert set(VERB.findall(text_of(path))) <= verbs or path.name in CHANGES


@cache
def usage(module: str, *words: str) -> str:
    """What `--help` says; nothing is started by it. Asked once for each command, since every process costs."""
    command = [sys.executable, "-m", module, *words, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    return done.stdout if done.returncode == 0 else ""


def check_words(module: str, words: tuple[str, ...]) -> None:
    """Follows the words as far as there are commands; the rest are a command's arguments."""
    for depth, word in enumerate(words):
        choices = set(SUBCOMMAND.findall(usage(module, *words[:depth])))
        if not choices:
            return
        assert word in choices, f"python -m {module} {' '.join(words)}: {word} is none of {sorted(choices)}"


def commands() -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(module, words, options) of every command line in the documents."""
    found = {
        (module, tuple(words.split()), tuple(re.findall(r"--[a-z-]+", rest)))
        for path in DOCUMENTS
        if path.name not in CHANGES
        for module, words, rest in COMMAND.findall(text_of(path))
    }
    return sorted(found)


def has_module(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return (path / "__main__.py").exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize(("module", "words", "options"), commands(), ids=lambda part: str(part)[:40])
def test_every_command_and_option_exists(module: str, words: tuple[str, ...], options: tuple[str, ...]) -> None:
    assert has_module(module), f"python -m {module}"
    check_words(module, words)
    if options:
        said = usage(module, *words)
        assert not [option for option in options if option not in said], said
