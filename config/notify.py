"""How people are told: mail, robots of chat groups, another system, a watcher; and how often it is tried."""

from dataclasses import dataclass

from config.keys import number, text


@dataclass(frozen=True)
class Notify:
    smtp_host: str = text(r"[0-9A-Za-z.:_-]*", "a host name or nothing")
    smtp_port: int = number(1, 65535)
    smtp_security: str = text(r"starttls|tls|none", "starttls, tls or none")
    smtp_user: str = text(r".*", "a user name or nothing")
    smtp_password_file: str = text(r".*", "a path or nothing")
    email_from: str = text(r"[^\s,@]+@[^\s,@]+", "an address")
    email_to: str = text(r"([^\s,@]+@[^\s,@]+(, ?[^\s,@]+@[^\s,@]+)*)?", "addresses with a comma between, or nothing")
    webhook_address_file: str = text(r".*", "a path or nothing")
    webhook_secret_file: str = text(r".*", "a path or nothing")
    wecom_address_file: str = text(r".*", "a path or nothing")
    dingtalk_address_file: str = text(r".*", "a path or nothing")
    dingtalk_secret_file: str = text(r".*", "a path or nothing")
    feishu_address_file: str = text(r".*", "a path or nothing")
    feishu_secret_file: str = text(r".*", "a path or nothing")
    watcher_address_file: str = text(r".*", "a path or nothing")
    recipients_folder: str = text(r".+", "a path")
    tries_max: int = number(1, 100)
    retry_after_s: float = number(0.01, 3600)
    retry_after_s_max: float = number(0.01, 86_400)
