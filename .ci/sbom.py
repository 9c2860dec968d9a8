"""Makes the bill of materials from what uv.lock names, with licenses, and holds it to the schema.

`sbom.py SITE_PACKAGES OUT` reads what `uv export --format cyclonedx1.5` wrote from standard input.
"""

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs

UNKNOWN = "not stated"
AWAY = "not installed here"
AT = "http://cyclonedx.org/schema/"
SCHEMA = "bom-1.5.SNAPSHOT.schema.json"
PARTS = ("jsf-0.82.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json")  # what it refers to


def licence(found: Distribution) -> str:
    """Return what a package says of its license: an expression, classifiers, or its first line."""
    about = found.metadata
    if expression := about.get("License-Expression"):
        return str(expression)
    known = [one for one in about.get_all("Classifier") or [] if one.startswith("License :: ")]
    if known:
        return " AND ".join(sorted({one.rpartition(" :: ")[2] for one in known}))
    return (about.get("License") or UNKNOWN).strip().partition("\n")[0] or UNKNOWN


def fault(bom: dict[str, Any]) -> str | None:
    """Hold it against the official schema, which a package brings; return what is wrong."""
    folder = Path(str(cyclonedx.schema.__file__)).parent / "_res"
    texts = {name: (folder / name).read_text("utf-8") for name in (SCHEMA, *PARTS)}
    parts = [(f"{AT}{name}", json.loads(texts[name])) for name in PARTS]
    schema = json.loads(texts[SCHEMA])
    held = jsonschema_rs.validator_for(schema, registry=jsonschema_rs.Registry(parts))
    first = next(held.iter_errors(bom), None)
    return None if first is None else str(first)[:200]


def plain(name: str) -> str:
    """Return a package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Write `sbom.json` and `licenses.txt`; end with 1 where the schema or a license fails."""
    site, out = sys.argv[1], Path(sys.argv[2])
    bom: dict[str, Any] = json.load(sys.stdin)
    # What changes with each run says nothing of what is in it.
    bom.pop("serialNumber", None)
    bom["metadata"].pop("timestamp", None)
    licences = {plain(one.metadata["Name"]): licence(one) for one in distributions(path=[site])}
    lines = []
    for one in bom["components"]:
        said = licences.get(plain(one["name"]), AWAY)
        lines.append(f"{one['name']} {one.get('version', '')}: {said}")
        if said not in (UNKNOWN, AWAY):
            one["licenses"] = [{"license": {"name": said}}]
    text = json.dumps(bom, indent=2) + "\n"
    if wrong := fault(bom):
        print(f"the bill of materials is no CycloneDX 1.5: {wrong}", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    (out / "sbom.json").write_text(text, "utf-8")
    (out / "licenses.txt").write_text("\n".join(sorted(lines)) + "\n", "utf-8")
    unstated = [line for line in lines if line.endswith(UNKNOWN)]
    for line in unstated:
        print(f"no license is stated: {line}", file=sys.stderr)
    print(f"{len(lines)} packages in {out}/sbom.json, valid CycloneDX 1.5; see licenses.txt")
    return 1 if unstated or not lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
