"""docker-compose.yml, the Dockerfile and the proxy's configuration, read as far as they can be without an engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_it_is_what_the_compose_specification_allows() -> None:
    """Against the specification's own schema (tests/vendor, Apache-2.0)."""
    schema = json.loads((ROOT / "tests" / "vendor" / "compose-spec.json").read_text(encoding="utf-8"))
    found = jsonschema.Draft7Validator(schema).iter_errors(COMPOSE)
    assert [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found] == []


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_held_down(name: str) -> None:
    service = SERVICES[name]
    uid, _, gid = service["user"].partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_watched(name: str) -> None:
    service = SERVICES[name]
    passing = service.get("restart") == "no" or name == "worker"
    assert service["healthcheck"] == {"disable": True} if passing else "test" in service["healthcheck"]


def test_requests_go_to_what_is_ready() -> None:
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "python", "-m", "pa_portal.http.probe"]
    assert "/readyz" in (ROOT / "pa_portal" / "http" / "probe.py").read_text(encoding="utf-8")
    assert SERVICES["web"]["deploy"]["replicas"] == "${WEB_REPLICAS:-2}"
    assert SERVICES["proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_proxy_alone_can_be_reached() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["db"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_database_keeps_what_it_confirms() -> None:
    for setting in ("fsync=on", "synchronous_commit=on", "full_page_writes=on"):
        assert f"-c{setting}" in SERVICES["db"]["command"]
    assert "database:/var/lib/postgresql" in SERVICES["db"]["volumes"]


def test_documents_are_shared_and_backed_up() -> None:
    place = SERVICES["web"]["environment"]["ATTACHMENT_ROOT"]
    assert f"attachments:{place}" in SERVICES["web"]["volumes"]
    assert f"attachments:{place}" in SERVICES["worker"]["volumes"]
    assert f"attachments:{place}:ro" in SERVICES["backup"]["volumes"]
    exports = f"exports:{SERVICES['web']['environment']['EXPORT_ROOT']}"
    assert exports in SERVICES["web"]["volumes"]
    assert exports in SERVICES["worker"]["volumes"]
    made = DOCKERFILE.partition("install -d -m 0700 -o portal -g portal")[2].partition("\n\n")[0].partition("\nENV")[0]
    for name in ("web", "backup"):
        for volume in SERVICES[name]["volumes"]:
            assert volume.split(":")[1] in made.split(), "a volume takes its owner from the image's folder"


def test_every_volume_and_secret_is_declared_and_used() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert {name for service in SERVICES.values() for name in service.get("secrets", [])} == set(COMPOSE["secrets"])


def test_no_secret_is_in_the_file_or_in_the_environment(tmp_path: Path) -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                secret = value.removeprefix("/run/secrets/")
                assert secret in service["secrets"], (name, variable)
            else:
                assert not re.search("PASSWORD|SECRET|KEY", variable), (name, variable)
            assert not re.search(r"://[^/]*:[^/]*@", value), (name, variable)


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    script = tmp_path / "tools" / "docker" / "make-secrets.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "docker" / "make-secrets.sh", script)
    subprocess.run([str(script)], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {f"./secrets/{name}" for name in made}
    random = [text for text in made.values() if text]
    assert len(set(random)) == len(random)
    assert all(len(text) >= 50 for text in random)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    subprocess.run([str(script)], check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


def test_images_are_pinned_and_run_as_nobody_in_particular() -> None:
    stages = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]
    for stage in stages:
        image = stage.split()[1]
        assert re.search(r":\d", image), image
    for target in ("proxy", "portal"):
        [stage] = [stage for stage in stages if f"AS {target}\n" in stage]
        [service] = {
            service["user"] for service in SERVICES.values() if service.get("build", {}).get("target") == target
        }
        assert re.findall(r"^USER (.+)$", stage, flags=re.MULTILINE) == [service]
    assert re.search(r":\d", SERVICES["db"]["image"])


def test_what_the_images_copy_is_let_through() -> None:
    """.dockerignore lets nothing through but what it names."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy on this machine")
@pytest.mark.parametrize("tls", ["", "tls internal"])
def test_the_proxy_understands_its_configuration(tls: str) -> None:
    command = ["caddy", "adapt", "--config", str(ROOT / "tools" / "docker" / "Caddyfile")]
    done = subprocess.run(
        command, env={"SITE_NAME": "portal.example", "TLS": tls, "PATH": "/usr/bin"}, capture_output=True
    )
    assert done.returncode == 0, done.stderr
