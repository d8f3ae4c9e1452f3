"""A configuration that is wrong: exit status 2, every fault named by its key, and no value shown."""

from pathlib import Path

from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven

SECRET = "S3NT-configured-secret"
FAULTS: Tables = {
    "http": {"read_timeout": SECRET, "unheard_of": SECRET},
    "retention": {"content": "-1h"},
    "sms": {"default_region": SECRET},
    "providers": {
        "web": seven("http://127.0.0.1:9", api_key=SECRET, colour=SECRET),
        "other": {"type": SECRET},
        "cut": {"type": "seven"},
    },
    "routes": {"sms": ["web", SECRET], "email": ["web"]},
}
KEYS = (
    "http.read_timeout",
    "http.unheard_of",
    "retention.content",
    "sms.default_region",
    "routes.sms[1]",
    "providers.web.colour",
    "providers.other.type",
    "providers.cut.api_key",
)


async def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """`serve` and `check` end with 2, name each wrong key of sections, providers and routes, and show no value."""
    gateway = Gateway(tmp_path, FAULTS)
    await gateway.launch()
    assert await gateway.wait() == 2
    served = gateway.stderr.read_text(encoding="utf-8") + gateway.stdout.read_text(encoding="utf-8")
    checked = await gateway.run("check")
    assert checked.code == 2
    for said in (served, checked.stdout + checked.stderr):
        assert [key for key in KEYS if key not in said] == []
        assert SECRET not in said
        assert "Traceback" not in said


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A configuration that cannot be read ends with 2 and one line."""
    gateway = Gateway(tmp_path, {})
    done = await gateway.run("--config", str(tmp_path / "elsewhere.toml"), "serve")
    assert done.code == 2
    assert "Traceback" not in done.stderr


async def test_an_unknown_variable_is_named(tmp_path: Path) -> None:
    """A misspelt `UMSCHLAG_…` is an error that names it and not its value."""
    gateway = Gateway(tmp_path, {}, environment={"UMSCHLAG_HTTP__LISTNE": SECRET})
    await gateway.launch()
    assert await gateway.wait() == 2
    said = gateway.stderr.read_text(encoding="utf-8")
    assert "UMSCHLAG_HTTP__LISTNE" in said
    assert SECRET not in said


async def test_a_valid_configuration_is_told_so(tmp_path: Path) -> None:
    """`check` ends with 0 and says where messages go."""
    tables = {"providers": {"web": seven("http://127.0.0.1:9")}, "routes": {"sms": ["web"]}}
    done = await Gateway(tmp_path, tables).run("check")
    assert done.code == 0
    assert "web" in done.stdout
