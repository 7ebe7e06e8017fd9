"""The command itself: help, version, what goes wrong and how it is told, and what is imported for it."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click
import pytest

import command_line
from command_line import CommandLine, command_called, on_a_terminal, without_columns
from hotspan_cli.main import COMMANDS
from hotspan_cli.main import hotspan as group

HEAVY = ("duckdb", "rich", "pandas", "streamlit", "opentelemetry", "hotspan_analysis")


def imported_by(code: str) -> set[str]:
    """Which of the heavy packages a new interpreter has loaded after running the code."""
    ask = f"{code}\nimport sys\nprint('|', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("|")[2].split())


def test_the_version_is_the_packages() -> None:
    run = command_line.hotspan("--version")
    assert (run.code, run.out, run.err) == (0, f"hotspan {version('hotspan')}\n", "")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_version_and_help_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['hotspan', *{arguments!r}]\n"
        "from hotspan_cli.main import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert imported_by(code) == set()


def test_json_needs_no_rich(incident: Path) -> None:
    code = (
        f"import sys; sys.argv = ['hotspan', 'top', {str(incident)!r}, '--format', 'json']\n"
        "from hotspan_cli.main import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert "rich" not in imported_by(code)


def test_help_lists_every_command_with_a_line(hotspan: CommandLine) -> None:
    run = hotspan("--help")
    for name, line in COMMANDS.items():
        assert f"  {name}" in run.out
        assert line.split()[0] in run.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_every_option_too(name: str) -> None:
    command = command_called(name)
    assert command.name == name
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_one_example_that_it_understands(name: str) -> None:
    command = command_called(name)
    (example,) = re.findall(r"^ *Example: (.*)$", command.help or "", re.MULTILINE)
    program, called, *arguments = shlex.split(example)
    assert (program, called) == ("hotspan", name)
    command.make_context(name, arguments)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("hotspan to", {"top"}),
        ("hotspan co", {"compare", "collect"}),
        ("hotspan top --so", {"--sort"}),
        ("hotspan top --sort ", {"time", "throughput", "slowest", "errors", "duplicates"}),
    ],
)
def test_shells_complete_commands_options_and_choices(typed: str, offered: set[str]) -> None:
    words = typed.split(" ")
    run = command_line.hotspan(_HOTSPAN_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    assert (run.code, run.err) == (0, "")
    assert {line.partition(",")[2] for line in run.out.splitlines()} == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_the_documentation_names(shell: str) -> None:
    assert "_HOTSPAN_COMPLETE" in command_line.hotspan(_HOTSPAN_COMPLETE=f"{shell}_source").out


def test_bash_takes_the_line_of_the_documentation() -> None:
    program = Path(sys.executable).with_name("hotspan")
    line = f'PATH={shlex.quote(str(program.parent))}:$PATH; eval "$(_HOTSPAN_COMPLETE=bash_source hotspan)"'
    asked = "COMP_WORDS=(hotspan sto); COMP_CWORD=1; _hotspan_completion hotspan; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", f"{line}; {asked}"], capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("storms\n", "")


@pytest.mark.parametrize(("shell", "current"), [("zsh", "1"), ("fish", "sto")])
def test_the_other_shells_are_offered_commands_with_what_they_do(shell: str, current: str) -> None:
    run = command_line.hotspan(_HOTSPAN_COMPLETE=f"{shell}_complete", COMP_WORDS="hotspan sto", COMP_CWORD=current)
    assert (run.code, run.err) == (0, "")
    assert "storms" in run.out
    assert "Which clients repeat their requests" in run.out


ASKING = ("top", "timeline", "clients", "storms", "compare", "breakdown", "slowest", "jobs", "around", "check")


@pytest.mark.parametrize("name", ASKING)
def test_every_question_can_be_narrowed_in_the_same_way(name: str) -> None:
    options = {option for parameter in command_called(name).params for option in parameter.opts}
    assert {"--window", "--from", "--to", "--service", "--format"} <= options


def test_every_module_with_a_command_is_listed() -> None:
    package = Path(import_module("hotspan_cli").__file__ or "").parent
    found = {
        path.stem.rstrip("_").replace("_", "-")
        for path in package.glob("*.py")
        if "@click.command(" in path.read_text()
    }
    assert found - {"main"} == set(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["topp"], ["No such command 'topp'", "hotspan --help"]),
        (["top", "--sort", "size"], ["'size' is not one of", "hotspan top --help"]),
        (["top", "--nonsense"], ["No such option", "hotspan top --help"]),
        (["top", "nowhere.duckdb"], ["nowhere.duckdb does not exist"]),
        (["top", "--window", "soon", "{incident}"], ["'soon' is no length of time"]),
        (["top", "--window", "5m", "--from", "09:40", "{incident}"], ["--window", "hotspan top --help"]),
        (["top", "--client", "zoe", "{incident}"], ["'zoe' is no client id", "hotspan clients"]),
        (["query", "select", "{incident}"], ["Error"]),
        (["query"], ["Missing argument"]),
        (["compare", "{incident}"], ["only one side"]),
    ],
)
def test_what_goes_wrong_is_one_line_that_says_what_to_do(
    arguments: list[str], words: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan(*(argument.replace("{incident}", str(incident)) for argument in arguments))
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("hotspan: ")
    assert run.err.count("\n") == 1
    for word in words:
        assert word in run.err


def test_a_hostile_name_cannot_reach_the_terminal_through_an_error(hotspan: CommandLine) -> None:
    run = hotspan("top", "\x1b[31mnowhere")
    assert run.code == 2
    assert "\x1b" not in run.err


def test_without_a_store_the_line_says_so(tmp_path: Path) -> None:
    run = command_line.hotspan("top", HOTSPAN_STORE=str(tmp_path / "none"))
    assert run.code == 2
    assert "there is no store at" in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "from range(200000)", "--format", "csv"],
        ["query", "from range(20000)"],
        ["query", "from range(200000)", "--format", "json"],
    ],
)
def test_whoever_stops_reading_stops_us_quietly_and_as_shells_expect(arguments: list[str], incident: Path) -> None:
    reading, writing = os.pipe()
    command = [str(Path(sys.executable).with_name("hotspan")), *arguments, str(incident)]
    process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert os.read(reading, 10)
    os.close(reading)
    _, complaint = process.communicate(timeout=120)
    assert (process.returncode, complaint) == (128 + signal.SIGPIPE, b"")


def test_head_of_a_short_table(incident: Path) -> None:
    program = shlex.quote(str(Path(sys.executable).with_name("hotspan")))
    piped = f"{program} top {shlex.quote(str(incident))} | head -1"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_pipe_gets_whole_lines(incident: Path) -> None:
    long = "x" * 300
    command = [str(Path(sys.executable).with_name("hotspan")), "query", f"select '{long}' as a, 1 as b", str(incident)]
    done = subprocess.run(command, env=without_columns(), capture_output=True, text=True, timeout=120, check=True)
    assert f"{long}  1" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 310


SAVING = "PUT /tests/{test_id}/sections/{section_id}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["top"], ["top", "--explain"], ["timeline"], ["clients"], ["storms"], ["jobs"], ["breakdown", SAVING],
        ["slowest", SAVING], ["around", "14:14"], ["query", "from requests"], ["check", "--no-storms"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_forty_columns_are_enough_and_no_number_is_cut(
    arguments: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan(*arguments, incident, columns=40)
    assert run.code in (0, 1), run.err
    assert max(map(len, run.out.splitlines())) <= 40
    assert not re.search(r" [\d.]+…", run.out)


COLOUR = re.compile(r"\x1b\[(?:\d+;)*[39]\d(?:;\d+)*m")


@pytest.mark.parametrize(("variables", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_terminal_is_not_exceeded_and_has_colours_unless_told(
    variables: dict[str, str], colours: bool, incident: Path
) -> None:
    command = [str(Path(sys.executable).with_name("hotspan")), "top", str(incident)]
    environment = without_columns() | {"TERM": "xterm-256color"} | variables
    code, shown = on_a_terminal(command, environment, columns=50)
    assert code == 0
    assert bool(COLOUR.search(shown)) == colours
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "GET /flaky" in plain
    assert max(map(len, plain.splitlines())) <= (50 if variables.get("TERM") != "dumb" else 80)


def test_without_a_command_help_is_shown_as_it_is(hotspan: CommandLine) -> None:
    run = hotspan()
    assert (run.code, run.out, run.err.rstrip()) == (2, "", hotspan("--help").out.rstrip())


@pytest.mark.parametrize("arguments", [["top"], ["top", "--format", "json"], ["check", "--no-storms"]])
def test_no_room_for_the_output_is_one_line_and_no_broken_rule(arguments: list[str], incident: Path) -> None:
    command = [str(Path(sys.executable).with_name("hotspan")), *arguments, str(incident)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (2, "hotspan: No space left on device\n")


def test_without_standard_output_nothing_breaks(incident: Path) -> None:
    program = shlex.quote(str(Path(sys.executable).with_name("hotspan")))
    closed = ["bash", "-c", f"{program} top {shlex.quote(str(incident))} >&-"]
    done = subprocess.run(closed, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bug_of_ours_is_no_broken_rule(hotspan: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "invoke", lambda context: 1 // 0)
    run = hotspan("check")
    assert run.code == 70
    assert run.err.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")


def test_an_interrupt_is_one_line_and_its_own_code(incident: Path) -> None:
    endless = "select sum(hash(range)) from range(1000000000000)"
    code = f"import signal, sys, threading, os\nsys.argv = {['hotspan', 'query', endless, str(incident)]!r}\n"
    code += "threading.Timer(4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
    code += "from hotspan_cli.main import main\nmain()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr.strip()) == (128 + signal.SIGINT, "hotspan: interrupted")


def test_the_store_that_the_environment_names(
    incident: Path, hotspan: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(hotspan("top", incident, "--format", "json").out)["endpoints"]
    monkeypatch.setenv("HOTSPAN_STORE", str(incident.parent))
    assert "there is no store at" in hotspan("top").err
