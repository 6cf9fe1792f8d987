"""E-mail through a mail server of the house."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from config import Notify, secret_in
from ingest.channels.message import Channel, Message, NotKnown, NotTold
from models.civil_day import to_datetime

TIMEOUT_S = 10


def email(cfg: Notify) -> Channel | None:
    return mailbox(cfg, cfg.email_to) if cfg.smtp_host and cfg.email_to else None


def mailbox(cfg: Notify, receivers: str) -> Channel:
    def tell(message: Message, real_at: int) -> str:
        hand_in(cfg, _letter(cfg, receivers, message, real_at))
        return "taken"

    return tell


def is_open(cfg: Notify) -> bool:
    """Whether there is a mail server at all."""
    return bool(cfg.smtp_host)


def hand_in(cfg: Notify, letter: EmailMessage) -> None:
    """Give one letter to the mail server. Raises NotTold; NotKnown when the line broke after its first word."""
    try:
        server = _server(cfg)
    except (OSError, smtplib.SMTPException) as error:
        raise NotTold(f"not taken: {type(error).__name__}") from error
    try:
        if cfg.smtp_user:
            server.login(cfg.smtp_user, secret_in(cfg.smtp_password_file))
        server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        answered = isinstance(error, smtplib.SMTPResponseException)
        if server.is_given and not answered:
            raise NotKnown(f"given away, no answer: {type(error).__name__}") from error
        raise NotTold(f"not taken: {type(error).__name__}") from error
    finally:
        # It is taken or not by now, however the parting goes.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


class _Given(smtplib.SMTP):
    """Remembers whether it began to give a letter's own text away."""

    is_given = False

    def data(self, msg: Any) -> Any:
        self.is_given = True
        return super().data(msg)


class _GivenUnseen(_Given, smtplib.SMTP_SSL):
    """The same through TLS from the first byte."""


def _server(cfg: Notify) -> _Given:
    if cfg.smtp_security == "tls":
        return _GivenUnseen(cfg.smtp_host, cfg.smtp_port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = _Given(cfg.smtp_host, cfg.smtp_port, timeout=TIMEOUT_S)
    if cfg.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _letter(cfg: Notify, receivers: str, message: Message, real_at: int) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.title
    letter["From"] = cfg.email_from
    letter["To"] = receivers
    letter["Date"] = format_datetime(to_datetime(real_at))
    letter["Message-ID"] = f"<{message.key}@{cfg.email_from.partition('@')[2] or 'eldercare'}>"
    letter.set_content("\n".join(message.lines) + "\n", cte="base64")
    return letter
