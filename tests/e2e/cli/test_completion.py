"""Completion as a shell does it: the script that velib prints, sourced by a real bash."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib, one_message
from tests.needed import missing

_ASK = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_shtab_velib
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def bash() -> str:
    found = shutil.which("bash")
    if found is None:
        missing("no bash on the PATH")
    return found


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["cle"], ["clean"]),
        (["re"], ["remove-tick"]),
        (["clean", "--si"], ["--since"]),
        (["kpi", "top"], ["top10_2hour"]),
        (["kpi", "--format", "j"], ["json"]),
        (["publish", "--lake", "la"], ["lake-of-paris"]),
        (["clean", "--nothing-like-it"], []),
    ],
    ids=" ".join,
)
def test_bash_completes(
    bash: str, velib: Velib, tmp_path: Path, typed: list[str], offered: list[str]
) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(velib("--print-completion", "bash").out, "utf-8")
    (tmp_path / "lake-of-paris").mkdir()
    done = subprocess.run(
        [bash, "--norc", "-c", _ASK, "ask", str(script), "velib", *typed],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert sorted(done.stdout.split()) == sorted(offered)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_commands_options_and_kpi_names(velib: Velib, shell: str, tmp_path: Path) -> None:
    said = velib("--print-completion", shell)
    assert said.code == 0
    for word in ("remove-tick", "allow-fewer", "top10_2hour"):
        assert word in said.out
    found = shutil.which(shell)
    if found:
        script = tmp_path / "completion"
        script.write_text(said.out, "utf-8")
        subprocess.run([found, "--no-execute", str(script)], check=True, timeout=30)


def test_a_shell_without_completion_is_named(velib: Velib) -> None:
    one_message(velib("--print-completion", "cmd"), 2, "invalid choice: 'cmd'", "bash")
