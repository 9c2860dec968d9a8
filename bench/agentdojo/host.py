"""Serves AgentDojo as JSON lines: what its tasks call for, its tools, and its own checks.

Run as `python -I host.py` in AgentDojo's environment, so it may use that and the standard library.
No model takes part and nothing is asked of the network: an attempt raises.

A question is an object with `ask`; what each takes and gives is said at the method of that name.
"""

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE, SUITES, MODEL = "agentdojo", "v1.2.2", "gpt-4o-2024-05-13"
Json = dict[str, Any]


def offline(event: str, _: tuple[Any, ...]) -> None:
    """Refuse whatever leaves the machine."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise OSError("the bench is offline")


def without_models() -> None:
    """Stand in for the clients of language models, which AgentDojo imports and the bench lacks."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SystemExit(f"{PACKAGE} is not installed here")
    pipeline = ModuleType("agentdojo.agent_pipeline")
    pipeline.__path__ = [str(Path(found.origin).parent / "agent_pipeline")]
    llms = ModuleType("agentdojo.agent_pipeline.llms")
    google = ModuleType("agentdojo.agent_pipeline.llms.google_llm")
    google.__dict__["EMPTY_FUNCTION_NAME"] = ""
    sys.modules |= {one.__name__: one for one in (pipeline, llms, google)}


def read_yaml_fast() -> None:
    """Let environments be read by the parser written in C: the same values, ten times as fast."""
    yaml: Any = importlib.import_module("yaml")
    yaml.safe_load = lambda text: yaml.load(text, yaml.CSafeLoader)


def leaves(value: Any) -> Iterator[str | int | float]:
    """Yield the texts and numbers inside a value."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value


def holds(value: Any, goal: str) -> bool:
    """Tell whether a text inside a value holds the attacker's words, however they are wrapped."""
    wanted = " ".join(goal.split())
    return any(wanted in " ".join(str(leaf).split()) for leaf in leaves(value))


class Target:
    """The agent that the attack's text is made for: its name stands in the text."""

    name = MODEL


class Dojo:
    """The suites, and one environment at a time."""

    def __init__(self) -> None:
        load = importlib.import_module("agentdojo.task_suite.load_suites")
        runtime = importlib.import_module("agentdojo.functions_runtime")
        attacks = importlib.import_module("agentdojo.attacks.important_instructions_attacks")
        self._plain = importlib.import_module("pydantic_core").to_jsonable_python
        self._load = load.get_suites
        self._loaded: dict[str, dict[str, Any]] = {}
        self._runtime, self._call = runtime.FunctionsRuntime, runtime.FunctionCall
        self._attack = attacks.ImportantInstructionsAttack
        self._tasks: tuple[Any, Any, Any] = (None, None, None)
        self._fresh: Any = None
        self._before: Any = None
        self._now: Any = None

    def _suite(self, name: str, version: str = SUITES) -> Any:
        if version not in self._loaded:
            self._loaded[version] = self._load(version)
        return self._loaded[version][name]

    def truth(self, suite: str, version: str) -> Json:
        """Return what each task and each attack calls for, the attacks seen from any task."""
        here = self._suite(suite, version)
        first = next(iter(here.user_tasks.values()))
        tasks = {name: self._calls(here, one, one) for name, one in here.user_tasks.items()}
        attacks = {
            name: self._calls(here, first, one) for name, one in here.injection_tasks.items()
        }
        clean = self._plain(here.load_and_inject_default_environment({}))
        return {"tasks": tasks, "attacks": attacks, "held": sorted(set(map(str, leaves(clean))))}

    def scripts(self, suite: str) -> list[Json]:
        """Return the calls of each task alone, and with each attack that calls something.

        `exposed` says after how many of the user's calls the agent has read the attack.
        """
        found = []
        here = self._suite(suite)
        for user in here.user_tasks.values():
            ours = self._calls(here, user, user)
            plain = {"suite": suite, "user": user.ID, "prompt": user.PROMPT, "calls": ours}
            found.append({**plain, "attack": None, "attack_calls": [], "exposed": None})
            for task in here.injection_tasks.values():
                if theirs := self._calls(here, user, task):
                    exposed = self._exposed(suite, user, task, ours)
                    attack = {"attack": task.ID, "attack_calls": theirs, "exposed": exposed}
                    found.append({**plain, **attack})
        return found

    def _calls(self, suite: Any, user: Any, task: Any) -> list[Json]:
        """Return what a task calls for, as seen on the environment that nobody attacked."""
        clean = user.init_environment(suite.load_and_inject_default_environment({}))
        return [{"tool": one.function, "args": one.args} for one in task.ground_truth(clean)]

    def _exposed(self, suite: str, user: Any, task: Any, calls: Sequence[Json]) -> int | None:
        self.open(suite, user.ID, task.ID)
        for at, call in enumerate(calls, 1):
            if holds(self.run(**call)["result"], task.GOAL):
                return at
        return None

    def open(self, suite: str, user: str, attack: str | None, version: str = SUITES) -> None:
        """Make the environment of a task, with an attack in it or none."""
        here = self._suite(suite, version)
        task = here.user_tasks[user]
        against = here.injection_tasks[attack] if attack else None
        placed = self._attack(here, Target()).attack(task, against) if against else {}
        self._tasks = (here, task, against)
        self._fresh = task.init_environment(here.load_and_inject_default_environment(placed))
        self.reset()

    def reset(self) -> None:
        """Go back to where the environment was opened."""
        self._before = self._fresh.model_copy(deep=True)
        self._now = self._fresh.model_copy(deep=True)

    def run(self, tool: str, args: Json) -> Json:
        """Call a tool; return its `result` as it is, and the `error` it ended with, if any."""
        result, error = self._runtime(self._tasks[0].tools).run_function(self._now, tool, args)
        return {"result": self._plain(result), "error": error}

    def check(self, executed: Sequence[Json], output: str | None = None) -> Json:
        """Ask the tasks' own checks, which see the calls that ran and a last answer.

        A check that raises is bad news: the task failed, the attack succeeded.
        """
        _, user, attack = self._tasks
        calls = [self._call(function=one["tool"], args=one["args"]) for one in executed]
        raised: list[str] = []

        def ask(task: Any, name: str, worst: bool) -> bool:  # noqa: FBT001 - one word a line below
            said = task.GROUND_TRUTH_OUTPUT if output is None else output
            try:
                told = getattr(task, f"{name}_from_traces")(said, self._before, self._now, calls)
                plain = getattr(task, name)
                return bool(plain(said, self._before, self._now) if told is None else told)
            except Exception as error:  # noqa: BLE001 - counted as bad news, and listed
                raised.append(f"{name}: {type(error).__name__}")
                return worst

        utility = ask(user, "utility", worst=False)
        succeeded = ask(attack, "security", worst=True) if attack else None
        return {"utility": utility, "attack": succeeded, "raised": raised}

    def values(self, suite: str) -> Json:
        """Return what a policy must not hold, and the words of the tools, which it may.

        `leaves` are the values that tasks and attacks call with and that the environment holds,
        `said` what tasks and attacks say.
        """
        here = self._suite(suite)
        tasks = [*here.user_tasks.values(), *here.injection_tasks.values()]
        first = next(iter(here.user_tasks.values()))
        clean = self._plain(here.load_and_inject_default_environment({}))
        called = [one["args"] for task in tasks for one in self._calls(here, first, task)]
        said = [getattr(one, "PROMPT", None) or one.GOAL for one in tasks]
        told = [one.GROUND_TRUTH_OUTPUT for one in tasks]
        schemas = [one.parameters.model_json_schema() for one in here.tools]
        described = [text for one in here.tools for text in (one.name, one.full_docstring)]
        return {
            "leaves": sorted({str(one) for one in leaves([clean, called, told])}),
            "said": said,
            "vocabulary": [*described, json.dumps(schemas)],
        }


def answer(dojo: Dojo, question: Json) -> Any:
    """Answer one question."""
    asked = question.pop("ask")
    if asked not in {"scripts", "truth", "open", "reset", "run", "check", "values"}:
        raise ValueError(f"nothing answers {asked!r}")
    return getattr(dojo, asked)(**question)


def main() -> None:
    """Say the version, then answer questions until there are no more."""
    out = sys.stdout
    with redirect_stdout(sys.stderr):  # what a package prints is no answer
        without_models()
        read_yaml_fast()
        dojo = Dojo()
        sys.addaudithook(offline)
        print(json.dumps({"version": metadata.version(PACKAGE)}), file=out, flush=True)
        for line in sys.stdin:
            said = answer(dojo, json.loads(line))
            print(json.dumps({"said": said}), file=out, flush=True)


if __name__ == "__main__":
    main()
