"""The house stays in order: laws about the source itself."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app.binding.bindings import EDGE_NAMES
from app.edges.registry import EDGES
from dsl.lint.registry import MODULES

ROOT: Final = Path(__file__).parents[2]
PRODUCT: Final = ("app", "dsl", "guards", "memory")
# Each heavy package and the folders that may import it.
HOMES: Final[dict[str, str | tuple[str, ...]]] = {
    "lark": "dsl",
    "re2": "dsl",
    "z3": "dsl",
    "jsonschema_rs": "dsl",
    "idna": "dsl",
    "phonenumbers": "dsl",
    "stdnum": "dsl",
    "sqlglot": "dsl",
    "tree_sitter": "dsl",
    "tree_sitter_bash": "dsl",
    "sqlalchemy": "memory",
    "alembic": "memory",
    "aiosqlite": "memory",
    "asyncpg": "memory",
    "redis": "memory",
    "fastapi": "app",
    "starlette": "app",
    "uvicorn": "app",
    "pydantic": "app",
    "pydantic_settings": "app",
    "structlog": "app",
    "prometheus_client": "app",
    "watchfiles": "app",
    "jinja2": "app/ui",
    "click": "app/cli",
    "mcp": "app/edges",
    "mcp_types": "app/edges",
    "opentelemetry": "app/tracing",
    "torch": "guards/training",
    "transformers": "guards/training",
    "numpy": ("guards", "memory/similar"),
    "onnxruntime": "guards/classifier/encoder",
    "tokenizers": "guards/classifier/encoder",
    "vllm": "nowhere",
}
# `app/docs/pages.py` reads the commands to describe them.
EXCEPTIONS: Final = {("click", "app/docs/pages.py")}
BROAD: Final = {
    "app/deciding/shield.py",
    "app/facts/asker.py",
    "app/hotpath/check.py",
    "guards/asking.py",
}


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the product's files, parsed."""
    for folder in folders or PRODUCT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level names a file imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def broad_handlers(tree: ast.AST) -> list[int]:
    """Return the lines that catch everything."""

    def is_broad(kind: ast.expr | None) -> bool:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        names = {getattr(one, "id", None) for one in kinds}
        return kind is None or bool({"Exception", "BaseException"} & names)

    handlers = (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    return [handler.lineno for handler in handlers if is_broad(handler.type)]


def test_heavy_packages_stay_in_their_homes() -> None:
    """Each heavy package is imported in its own folders only."""
    strays = [
        (name, path)
        for path, tree in sources()
        for name in imported(tree)
        if name in HOMES
        and not any(path.startswith(f"{one}/") for one in _homes(name))
        and (name, path) not in EXCEPTIONS
    ]

    assert strays == []


def _homes(name: str) -> tuple[str, ...]:
    homes = HOMES[name]
    return (homes,) if isinstance(homes, str) else homes


def test_a_stray_import_would_be_seen() -> None:
    """The law above can fail."""
    assert "sqlalchemy" in set(imported(ast.parse("def f():\n    from sqlalchemy.orm import x")))


def test_everything_is_caught_in_four_places_alone() -> None:
    """`except Exception` stands at the edge, its short way, sources of facts and guards alone."""
    found = {path for path, tree in sources() if broad_handlers(tree)}

    assert found == BROAD


@pytest.mark.parametrize(
    "handler", ["except:", "except Exception:", "except (OSError, Exception):"]
)
def test_a_planted_broad_handler_would_be_seen(handler: str) -> None:
    """The law above can fail, in each way of writing it."""
    assert broad_handlers(ast.parse(f"try:\n    x\n{handler}\n    y")) == [3]


def test_only_the_command_line_ends_the_process_or_talks_to_people() -> None:
    """No library code exits, prints or reads standard input (the server's start may exit)."""
    forbidden = {"exit", "quit", "input", "print"}
    found = [
        (path, node.func.id)
        for path, tree in sources()
        if not path.startswith("app/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in forbidden
    ]
    exits = {
        path
        for path, tree in sources()
        if not path.startswith("app/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and "SystemExit" in ast.dump(node)
    }

    assert found == []
    assert exits == {"app/serving/server.py"}


def test_no_module_keeps_mutable_state() -> None:
    """A module-level list, dict or set that is not a constant would be shared state."""
    found = [
        (path, target.id)
        for path, tree in sources()
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        and isinstance(node.value, ast.List | ast.Dict | ast.Set)
        and not re.fullmatch(r"_?[A-Z][A-Z0-9_]*", target.id)
    ]

    assert found == []


def test_the_edge_registry_equals_the_folder() -> None:
    """Every edge file is registered: one that is not would never be served, or never tested."""
    helpers = {"base", "registry"}
    folder = importlib.import_module("app.edges")
    files = {module.name for module in pkgutil.iter_modules(folder.__path__)} - helpers

    own = {"mcp"}  # a protocol of its own, which `app/main.py` serves where it is set up
    assert {edge.name for edge in EDGES} | own == files
    assert set(EDGE_NAMES) == files


def test_the_lint_registry_equals_the_folder() -> None:
    """Every lint rule is registered, once, with a code of its own."""
    folder = importlib.import_module("dsl.lint.rules")
    files = {module.name for module in pkgutil.iter_modules(folder.__path__)}
    registered = [module.__name__.rpartition(".")[2] for module in MODULES]

    assert sorted(registered) == sorted(files - {"__init__"})
    codes = [module.LINT_RULE.code for module in MODULES]
    assert codes == sorted(set(codes))


def test_every_test_folder_is_a_package() -> None:
    """Without `__init__.py` in each, `tests/dsl` would stand in for the package `dsl`."""
    tests = ROOT / "tests"
    folders = {path.parent for path in tests.rglob("*.py")} | {tests}

    assert [str(one) for one in folders if not (one / "__init__.py").is_file()] == []


def test_no_benchmark_is_named_in_product_code() -> None:
    """What is measured is not known to what is being measured."""
    names = "agentdojo|agentdyn|tau2|tau-bench|toolemu|assebench|privacylens|agentharm|r-judge"
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in (*PRODUCT, "sdk", "migrations", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".bar", ".json", ".lark", ".toml"}
        and re.search(names, path.read_text(), re.IGNORECASE)
    ]

    assert found == []


def test_bench_is_never_imported_by_the_product() -> None:
    """The product stands without its measurements and its tests."""
    found = [path for path, tree in sources() if {"bench", "tests"} & set(imported(tree))]

    assert found == []


def test_importing_has_no_side_effect() -> None:
    """No module of the product does anything but define when it is imported.

    Those that need PyTorch cannot be imported here; `make test-train` looks at them.
    """
    names = [
        module.name
        for package in PRODUCT
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not module.name.startswith("memory._migrations") and not module.name.endswith("__main__")
    ]
    program = (
        "import importlib\n"
        f"for name in {names!r}:\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error:\n"
        "        if error.name not in ('torch', 'transformers'):\n"
        "            raise\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_default_install_is_light() -> None:
    """Nothing of the learned or optional parts is a dependency of the core."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core = {re.split(r"[\[<>=!~; ]", one)[0] for one in project["dependencies"]}
    optional = {"torch", "transformers", "vllm", "z3-solver", "mcp", "openai", "numpy", "asyncpg"}

    assert core & optional == set()


def test_every_source_file_says_what_it_is() -> None:
    """A newcomer finds the room by its sign: each file starts with a docstring."""
    silent = [
        path
        for path, tree in sources(*PRODUCT, "migrations", "tests", "bench", "sdk")
        if not ast.get_docstring(tree) and not path.endswith("__init__.py")
    ]

    assert silent == []


def test_the_makefile_describes_every_target() -> None:
    """`make help` misses none."""
    text = (ROOT / "Makefile").read_text()
    phony = re.sub(r"\\\n", " ", text).split(".PHONY:")[1].splitlines()[0].split()
    described = set(re.findall(r"^([a-z0-9-]+):.*## \S", text, re.MULTILINE))

    assert set(phony) == described
