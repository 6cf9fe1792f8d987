"""What the other side answered, or why a letter did not go: whoever sends notes it in a few sentences of our own, which a
reader gets in her language. Anything else is the other side's and stays as it is.
"""

import re

from dashboard.words import Speech

SENTENCES = (
    ("taken", r"taken|\w+ 0"),
    ("not_taken", r"not taken: (?P<why>\w+)"),
    ("not_reached", r"not reached: (?P<why>\w+)"),
    ("no_answer", r"given away, no answer: (?P<why>\w+)"),
    ("answered", r"answered (?P<n>\d+)"),
    ("refused", r"answered \w+ (?P<n>-?\w+): (?P<said>.*)"),
    ("no_mail_server", r"no mail server: set notify\.smtp_host"),
    ("no_webhook", r"no webhook: set notify\.webhook_address_file"),
    ("no_address", r"the address must begin with https:// or http://"),
    ("no_channel", r"the channel has no address any more"),
    ("ended", r"the recipient has ended"),
    ("no_json", r"the answer is not (a )?JSON( object)?"),
    ("stopped", r"its sender stopped while it was sending"),
    ("not_written", r"not written: (?P<why>\w+)"),
    ("not_begun", r"the day has not begun"),
    ("not_hers", r"none of its sites is this account's any more"),
    ("signed_meanwhile", r"signed meanwhile"),
)
"""Key of the catalogue below `answer.`, and the sentence."""
_READ = tuple((key, re.compile(sentence, re.DOTALL)) for key, sentence in SENTENCES)


def answer_words(say: Speech, detail: str) -> str:
    for key, sentence in _READ:
        if found := sentence.fullmatch(detail):
            given = found.groupdict()
            if "why" in given:
                given["why"] = say.named("fault", given["why"])
            return say(f"answer.{key}", **given)
    return detail
