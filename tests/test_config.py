"""A wrong configuration stops the start and says the key, the line and what is allowed."""

from pathlib import Path

import pytest

import config
from config import ConfigError

GIVEN = config.SHIPPED


def test_the_file_that_ships_is_good() -> None:
    assert config.load(environ={}).time.zone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  port: 8050", "  port: none", "web.port is 'none'; allowed: a whole number from 1 to 65535"),
        ("  port: 8050", "  port: 70000", "web.port is '70000'; allowed: a whole number from 1 to 65535"),
        ("  port: 8050", "  prot: 8050", "unknown key web.prot"),
        ("  port: 8050", "", "web.port is missing"),
        ("  port: 8050", "  port: [1, 2]", "web.port must be one value"),
        ("  port: 8050", "  port: 8050\n  port: 8051", "web.port stands twice"),
        ("web:", "wbe:", "unknown section `wbe`"),
        ("zone: Asia/Shanghai", "zone: Asia/Nowhere", "time.zone is 'Asia/Nowhere'; allowed: an IANA time zone"),
        (
            'day_begins: ""',
            "day_begins: INST=06:30",
            "time.day_begins is 'INST=06:30'; allowed: KIND=HH:00 before noon",
        ),
        ('day_begins: ""', "day_begins: INST=13:00", "time.day_begins is 'INST=13:00'; allowed"),
        ('day_begins: ""', "day_begins: HOME=06:00", "time.day_begins is 'HOME=06:00'; allowed"),
        ('day_begins: ""', "day_begins: INST=06:00, INST=07:00", "time.day_begins names a kind of sites twice"),
        ('day_begins: ""', "day_begins: INST=10:00", "time.day_begins must be before letters.sign_by (10:00)"),
        ("language: zh", "language: fr", "time.language is 'fr'; allowed: zh or en"),
        ("silent_after_s: 900", "silent_after_s: 100", "states.silent_after_s must be more than states.late_after_s"),
        ("allow_plain_http: false", "allow_plain_http: maybe", "allowed: true or false"),
        ("url: sqlite:///var/eldercare.db", "url: mysql://x", "sqlite:///path or postgresql://"),
    ],
)
def test_a_wrong_value_says_where_and_what_is_allowed(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = GIVEN.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "config.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        config.load(path, environ={})
    assert says in str(refused.value)
    assert str(path) in str(refused.value)


def test_days_of_a_kind_of_sites_begin_when_the_file_says_and_all_others_at_midnight() -> None:
    assert config.load(environ={}).time.begins == {}
    said = config.load(environ={"ELDERCARE_TIME_DAY_BEGINS": "INST=06:00, DCC=00:00,HUB=05:00"})
    assert said.time.begins == {"INST": 360, "HUB": 300}


def test_the_line_is_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    text = GIVEN.read_text(encoding="utf-8").replace("batch_ms: 25", "batch_ms: fast")
    path.write_text(text, encoding="utf-8")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "batch_ms: fast" in words)
    with pytest.raises(ConfigError, match=rf"config\.yaml:{line}: ingest\.batch_ms"):
        config.load(path, environ={})


def test_the_environment_wins_over_the_file() -> None:
    loaded = config.load(environ={"ELDERCARE_WEB_PORT": "9000", "ELDERCARE_BROKER_URL": "mqtt://a:b@h:1"})
    assert (loaded.web.port, loaded.broker.host, loaded.broker.user, loaded.broker.password) == (9000, "h", "a", "b")


@pytest.mark.parametrize("name", ["ELDERCARE_WEB_PROT", "ELDERCARE_WBE_PORT", "ELDERCARE_X"])
def test_an_unknown_name_in_the_environment_stops_the_start(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        config.load(environ={name: "1"})


def test_a_password_is_not_repeated_in_an_error() -> None:
    with pytest.raises(ConfigError) as refused:
        config.load(environ={"ELDERCARE_DATABASE_URL": "mysql://user:secret@host"})
    assert "secret" not in str(refused.value)


def test_another_file_is_taken_when_the_environment_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GIVEN.read_text(encoding="utf-8").replace("port: 8050", "port: 8123"), encoding="utf-8")
    assert config.load(environ={"ELDERCARE_CONFIG": str(path)}).web.port == 8123


def test_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from-file\n", encoding="utf-8")
    (tmp_path / "pw").chmod(0o600)
    environ = {"ELDERCARE_BROKER_PASSWORD_FILE": str(tmp_path / "pw"), "ELDERCARE_BROKER_URL": "mqtt://user@h"}
    assert config.load(environ=environ).broker.password == "from-file"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused_and_says_what_to_do(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n", encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {file}"):
        config.secret_in(str(file))
    file.chmod(0o600)
    assert config.secret_in(str(file)) == "secret"


def test_a_password_in_a_file_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    text = GIVEN.read_text(encoding="utf-8")
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("sqlite:///var/eldercare.db", "postgresql://u:pw@h/x"), encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match=r"config.yaml:5: database.url holds .* database.password_file") as refused:
        config.load(file, {})
    assert "pw@" not in str(refused.value)
    file.chmod(0o600)
    assert config.load(file, {}).database.url == "postgresql://u:pw@h/x"
    file.write_text(text.replace("mqtt://127", "mqtt://me:pw@127"), encoding="utf-8")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match=r"broker\.url holds"):
        config.load(file, {})


def test_the_databases_password_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p/w@1\n")
    secret.chmod(0o600)
    environ = {"ELDERCARE_DATABASE_URL": "postgresql://u@h:5433/x", "ELDERCARE_DATABASE_PASSWORD_FILE": str(secret)}
    assert config.load(environ=environ).database.url == "postgresql://u:p%2Fw%401@h:5433/x"
    with pytest.raises(ConfigError, match="names no user"):
        config.load(environ=environ | {"ELDERCARE_DATABASE_URL": "postgresql://h/x"})
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        config.load(environ=environ)
