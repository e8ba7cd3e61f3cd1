"""Terraform as the tests use it: a copy of `infra/` in a folder of its own, with the provider from a local mirror."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent.parent
INFRA = PROJECT / "infra"
_PROVIDER = "registry.terraform.io/hashicorp/aws"

Resource = dict[str, Any]


def provider_mirror() -> Path | None:
    """A folder that holds the AWS provider: the one named, Terraform's implied ones, or an add-on package's."""
    named = os.environ.get("TF_PLUGIN_MIRROR")
    implied = [
        Path.home() / ".terraform.d/plugins",
        Path.home() / ".local/share/terraform/plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
    ]
    add_ons = sorted(path for path in Path("/opt").glob("*") if path.is_dir())
    candidates = [*([Path(named)] if named else []), *implied, *add_ons]
    return next((path for path in candidates if (path / _PROVIDER).is_dir()), None)


def component(address: str) -> str:
    """What a role belongs to: `ingest` of `module.ingest_role.aws_iam_role.this[0]`."""
    return address.split(".")[1].partition("[")[0].removesuffix("_role")


@dataclass
class Plan:
    """What a plan would make: each resource by its address, as it would be."""

    resources: dict[str, Resource] = field(default_factory=dict)

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Those of one type, in modules too."""
        return {at: found for at, found in self.resources.items() if f".{at}".rpartition(f".{kind}.")[1]}


@dataclass
class Module:
    """`folder` is the module, `environment` what Terraform runs with."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def must(self, *arguments: str, timeout: float = 240) -> str:
        done = self.run(*arguments, timeout=timeout)
        assert done.returncode == 0, f"terraform {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def state(self) -> Plan:
        """What Terraform made, by address."""
        modules = [json.loads(self.must("show", "-json")).get("values", {}).get("root_module", {})]
        for module in modules:
            modules += module.get("child_modules", [])
        return Plan(
            {each["address"]: each["values"] for module in modules for each in module.get("resources", [])}
        )


def copy_of_module(to: Path, home: Path) -> Module:
    """`infra/` with the SQL that it reads, and no state, no lock and no plug-in of whoever works in it."""
    left_out = shutil.ignore_patterns(".terraform*", "*.tfstate*", "terraform.tfvars", "*.auto.tfvars")
    shutil.copytree(INFRA, to / "infra", ignore=left_out)
    sql = to / "src" / "velib_insights"
    sql.mkdir(parents=True)
    (sql / "sql").symlink_to(PROJECT / "src" / "velib_insights" / "sql", target_is_directory=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TF_", "AWS_", "VELIB_")) and not name.lower().endswith("_proxy")
    }
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "NO_COLOR": "1", "HOME": str(home)}
    mirror = provider_mirror()
    if mirror:
        config = home / "mirror.tfrc"
        config.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        )
        environment["TF_CLI_CONFIG_FILE"] = str(config)
    return Module(to / "infra", environment)
