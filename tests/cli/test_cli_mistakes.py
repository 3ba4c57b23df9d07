"""A user's mistake gets one clear message, exit code 2 and no traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archlib.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from conftest import Archlib


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "there is no command 'nonsense'; there are list, show, diagram"),
        (["list", "--nope"], "No such option '--nope'"),
        (["--nope"], "No such option '--nope'"),
        (["show"], "Missing argument 'SCENARIO'"),
        (["show", "nope"], "there is no scenario called 'nope' (known: mytodolist"),
        (["diagram", "nope"], "there is no scenario called 'nope'"),
        (["diagram", "--format", "gif"], "'gif' is not one of 'svg', 'png', 'dot'"),
        (["diagram", "mytodolist", "--stdout"], "--stdout needs one scenario"),
        (["template", "nope"], "'nope' is neither a scenario nor a file (scenarios: mytodolist"),
        (["template", "nope.yaml"], "nope.yaml: cannot be read: No such file or directory"),
        (["lint", "nope"], "'nope' is neither a scenario nor a file"),
        (["lint", "--region", "mars", "mytodolist"], "--region 'mars' is not a region"),
        (["deploy", "nope"], "'nope' is neither a scenario nor a file"),
        (["deploy", "mytodolist", "--target", "moon"], "'moon' is not one of 'local', 'aws'"),
        (["deploy", "mytodolist", "--parameter", "x"], "--parameter 'x' is not KEY=VALUE"),
        (["deploy", "mytodolist", "--parameter", "=x"], "--parameter '=x' is not KEY=VALUE"),
        (["deploy", "mytodolist", "--region", "eu-west-1"], "--region says nothing to the local"),
        (["deploy", "mytodolist", "--confirm", "x"], "--confirm says nothing to the local target"),
        (["deploy", "mytodolist", "--assets-bucket", "x"], "--assets-bucket says nothing to the"),
        (["verify", "nope"], "there is no scenario called 'nope'"),
        (["verify", "mytodolist", "--check", "nope"], "mytodolist has no check called nope"),
        (["verify", "--check", "sign-in"], "--check needs exactly one scenario"),
        (["verify", "--template", "x.yaml"], "--template needs exactly one scenario"),
        (["verify", "mytodolist", "--template", "x.yaml"], "x.yaml: cannot be read"),
        (["build"], "this is not the project's folder"),
        (["lab"], "there is no notebooks folder here"),
        (["coverage", "--check"], "there is no docs folder here"),
        (["coverage", "--write", "--json"], "exclude each other"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told(
    archlib: Archlib, folder: Path, arguments: list[str], message: str
) -> None:
    ran = archlib(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err
    assert len([line for line in ran.err.splitlines() if line]) <= 3
    assert list(folder.iterdir()) == []


def test_a_file_in_place_of_a_scenario_is_told_how_it_is_judged(
    archlib: Archlib, folder: Path
) -> None:
    (folder / "my.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    ran = archlib("verify", "my.yaml")
    assert ran.code == 2
    assert "my.yaml is a file" in ran.err
    assert "archlib verify SCENARIO --template my.yaml" in ran.err


@pytest.mark.parametrize("command", ["template", "lint", "deploy"])
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("binary.yaml", bytes(range(256)), "binary.yaml: is not UTF-8 text"),
        ("empty.yaml", b"", "empty.yaml: is empty"),
        ("blank.yaml", b"# nothing\n\n", "blank.yaml: is empty"),
        ("word.yaml", b"hello", "word.yaml:1: a template is a mapping of sections, and this is a "),
        ("list.json", b"[1, 2]", "list.json:1: a template is a mapping of sections, and this is a"),
        ("none.json", b'{"Resources": {}}', "none.json:1: has no Resources"),
        ("torn.json", b'{"Resources": {"A": ', "torn.json:1:"),
        ("folder.yaml", None, "folder.yaml: cannot be read: Is a directory"),
    ],
)
def test_what_is_no_template_is_told_with_its_place(
    archlib: Archlib, folder: Path, command: str, name: str, content: bytes | None, message: str
) -> None:
    if content is None:
        (folder / name).mkdir()
    else:
        (folder / name).write_bytes(content)
    ran = archlib(command, name)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"error: {message}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["template", "mytodolist", "--out", "taken"],
        ["lint", "mytodolist", "--junit", "taken"],
        ["lint", "mytodolist", "--sarif", "file/below"],
        ["template", "mytodolist", "--assets", "file"],
        ["diagram", "mytodolist", "--out", "file"],
    ],
    ids=" ".join,
)
def test_where_nothing_can_be_written_is_told(
    archlib: Archlib, folder: Path, arguments: list[str]
) -> None:
    (folder / "taken").mkdir()
    (folder / "file").write_text("x")
    ran = archlib(*arguments)
    assert ran.code == 2
    assert "cannot write" in ran.err or "is a file" in ran.err
    assert (folder / "file").read_text() == "x"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(archlib: Archlib, command: str) -> None:
    ran = archlib(command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: archlib {command} ") or "Usage:" in ran.out
    assert len(ran.out.splitlines()) > 4


def test_without_a_command_the_commands_are_shown(archlib: Archlib) -> None:
    ran = archlib()
    assert ran.code == 2
    assert all(name in ran.err + ran.out for name in COMMANDS)


def test_the_version_is_told(archlib: Archlib) -> None:
    import archlib as package

    ran = archlib("--version")
    assert (ran.code, ran.out) == (0, f"archlib, version {package.__version__}\n")


def test_our_own_errors_can_be_traced(folder: Path) -> None:
    from archlib.cli.main import main
    from archlib.errors import UsageError

    with pytest.raises(UsageError, match="no scenario called"):
        main(["--traceback", "show", "nope"])


def test_the_group_works_for_click_as_well() -> None:
    result = CliRunner().invoke(cli, ["list", "--json"])
    assert result.exit_code == 0
    assert '"name": "mytodolist"' in result.output
