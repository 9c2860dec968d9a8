"""OpenAPI documents: operations become tools, and nothing in them is followed out of the file."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.init import openapi
from app.init.openapi import VERBS
from app.init.outcome import Outcome, make
from app.init.plan import Wishes
from dsl.errors import DrawbarError
from tests.app.init.drafting import faults, written
from tests.app.init.test_hostile import holds
from tests.dsl.drawing import law

LIBRARY: Final[dict[str, Any]] = {
    "openapi": "3.0.3",
    "info": {"title": "Library Desk", "version": "1"},
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "summary": "Return books.",
                "parameters": [
                    {"name": "author", "in": "query", "schema": {"type": "string"}},
                    {"$ref": "#/components/parameters/Page"},
                ],
            },
            "post": {
                "operationId": "addBook",
                "requestBody": {"$ref": "#/components/requestBodies/Book"},
            },
        },
        "/books/{book_id}": {
            "parameters": [
                {"name": "book_id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "get": {"summary": "Return a book."},
            "delete": {
                "operationId": "weedOut",
                "parameters": [{"name": "Accept", "in": "header"}],
            },
        },
        "/loans/{id}/fee": {
            "post": {
                "operationId": "payFee",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "allOf": [
                                    {"$ref": "#/components/schemas/Money"},
                                    {"type": "object", "properties": {"iban": {"type": "string"}}},
                                ]
                            }
                        }
                    },
                },
            }
        },
        "/search": {"post": {"operationId": "searchBooks"}},
        "/cover": {
            "put": {
                "operationId": "putCover",
                "requestBody": {"content": {"image/png": {"schema": {"type": "string"}}}},
            }
        },
        "/out": {
            "get": {
                "operationId": "getOut",
                "parameters": [
                    {
                        "name": "x",
                        "in": "query",
                        "schema": {"$ref": "https://evil.example/x.json#/a"},
                    }
                ],
            }
        },
    },
    "components": {
        "parameters": {
            "Page": {
                "name": "page",
                "in": "query",
                "schema": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
            }
        },
        "requestBodies": {
            "Book": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}},
            }
        },
        "schemas": {
            "Money": {
                "type": "object",
                "properties": {"amount": {"type": "number"}},
                "required": ["amount"],
            },
            "Book": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "title": {"type": "string", "example": "a", "xml": {}},
                    "sequel": {"$ref": "#/components/schemas/Book"},
                    "shelf": {"type": "string", "nullable": True},
                },
                "required": ["id", "title"],
            },
        },
    },
}


@pytest.fixture
def library(tmp_path: Path) -> Outcome:
    return drafted(LIBRARY, tmp_path)


def drafted(document: Any, folder: Path) -> Outcome:
    path = folder / "api.json"
    path.write_text(json.dumps(document), "utf-8")
    return make(openapi.read(path), Wishes("/srv/data"))


def test_operations_are_sorted_as_tools_are(library: Outcome, tmp_path: Path) -> None:
    """A GET that reads is allowed; other methods are asked, whatever their operation is called."""
    assert library.sorted == {
        "reading": ["listBooks", "get_books_book_id"],
        "writing": ["addBook", "searchBooks"],
        "paying": ["payFee"],
        "destroying": ["weedOut"],
    }
    assert library.draft.name == "library_desk"
    assert faults(written(library, tmp_path)) == []


def test_what_cannot_be_told_as_a_tool_is_told_to_people(library: Outcome) -> None:
    """A body that is no JSON, and a reference out of the document, leave their operation out."""
    assert [line.partition(":")[0] for line in library.catalogue.untold] == [
        "PUT /cover",
        "GET /out",
    ]


def test_bodies_become_arguments(library: Outcome) -> None:
    """Members stand beside parameters; what only the server writes is left out."""
    tools = {one.name: one.declared.tool for one in library.plan.guesses}

    assert set(tools["addBook"].arguments()) == {"title", "sequel", "shelf"}
    assert tools["addBook"].schema["required"] == ["title"]
    assert set(tools["payFee"].arguments()) == {"id", "amount", "iban"}
    assert tools["payFee"].fault({"id": 1, "amount": 5}) is None
    assert tools["payFee"].fault({"id": 1}) is not None
    assert tools["addBook"].fault({"title": "a", "shelf": None}) is None
    assert tools["addBook"].fault({"title": "a", "sequel": {"title": "b"}}) is None
    assert tools["addBook"].fault({"title": "a", "sequel": {"name": "b"}}) is not None
    assert tools["listBooks"].fault({"page": 0}) is not None
    assert set(tools["weedOut"].arguments()) == {"book_id"}


@pytest.mark.parametrize(
    "document", [{}, [], {"swagger": "2.0", "paths": {}}, {"openapi": "2.0"}, "x", None]
)
def test_another_document_is_refused(document: Any, tmp_path: Path) -> None:
    """What is no OpenAPI 3 document says so."""
    with pytest.raises(DrawbarError, match="no OpenAPI 3 document"):
        drafted(document, tmp_path)


def test_yaml_is_read_as_json_is(tmp_path: Path) -> None:
    """The same document in YAML gives the same tools; days stay texts."""
    path = tmp_path / "api.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: Desk, version: '1'}\npaths:\n  /day:\n    get:\n"
        "      operationId: getDay\n      parameters:\n      - name: day\n        in: query\n"
        "        schema: {type: string, enum: [2026-01-31]}\n",
        "utf-8",
    )
    made = make(openapi.read(path), Wishes(None))

    (day,) = made.plan.guesses
    assert day.declared.tool.arguments()["day"]["enum"] == ["2026-01-31"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1\nb: *x\n", "an alias is not read"),
        ("a: 1\na: 2\n", "a key stands twice"),
        ("!!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ("a: [1, 2\n", "cannot be read"),
    ],
)
def test_yaml_that_is_more_than_json_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """Aliases, keys that stand twice and tags are refused, and nothing is run."""
    path = tmp_path / "api.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(DrawbarError, match=words):
        openapi.read(path)


SCHEMAS = st.recursive(
    st.sampled_from(
        (
            {"type": "string"},
            {"type": "string", "nullable": True},
            {"type": "integer", "exclusiveMaximum": True, "maximum": 5},
            {"$ref": "#/components/schemas/A"},
            {"$ref": "#/components/schemas/B"},
            {"$ref": "#/components/schemas/None"},
            {"$ref": 7},
            {"enum": ["a", None], "nullable": True},
            True,
            None,
            "x",
        )
    ),
    lambda inner: st.one_of(
        st.builds(lambda one: {"type": "array", "items": one}, inner),
        st.builds(lambda each: {"allOf": each}, st.lists(inner, max_size=2)),
        st.builds(lambda each: {"oneOf": each}, st.lists(inner, max_size=2)),
        st.builds(
            lambda each: {"type": "object", "properties": each, "required": list(each)},
            st.dictionaries(st.sampled_from(("a", "to", "path", "x-y")), inner, max_size=3),
        ),
    ),
    max_leaves=4,
)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    paths: dict[str, Any] = {}
    for route in draw(st.lists(st.sampled_from(("/a", "/b/{to}", "", "/ü")), max_size=3)):
        operation: dict[str, Any] = {
            "operationId": draw(st.sampled_from((None, "getA", "send mail", "when", "", 5))),
            "parameters": draw(
                st.lists(
                    st.builds(
                        lambda name, place, one, needed: {
                            "name": name,
                            "in": place,
                            "schema": one,
                            "required": needed,
                        },
                        st.sampled_from(("to", "id", "x-y", 5)),
                        st.sampled_from(("path", "query", "header", "cookie")),
                        SCHEMAS,
                        st.booleans(),
                    ),
                    max_size=2,
                )
            ),
            "requestBody": draw(
                st.one_of(
                    st.none(),
                    st.builds(
                        lambda one, needed: {
                            "required": needed,
                            "content": {"application/json": {"schema": one}},
                        },
                        SCHEMAS,
                        st.booleans(),
                    ),
                )
            ),
        }
        paths[route] = {draw(st.sampled_from(tuple(VERBS))): operation}
    schemas = {"A": draw(SCHEMAS), "B": draw(SCHEMAS)}
    return {"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}}


@law(100)
@given(document=documents())
def test_any_document_gives_a_clean_draft_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, document: Any
) -> None:
    """Whatever stands in a document: a draft that holds, or an error that says why not."""
    try:
        made = drafted(document, tmp_path_factory.mktemp("api"))
    except DrawbarError as error:
        assert "no tools" in str(error)  # noqa: PT017 - most documents have some
        return
    holds(made)
