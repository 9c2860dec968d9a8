"""The MiniLM that `drawbar train encoder` makes for `make vllm-test`, and what is asked of it.

`python -m tests.vllm.trained FOLDER BASE`, in the environment of `make test-train`, trains it into
`FOLDER/trained` and writes down beside it what `transformers` says of the same weights.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from guards.classifier.vllm.canary import CANARY
from guards.classifier.vllm.families import FAMILIES
from guards.judgement import Form
from guards.prompt import prompt
from guards.question import Question, Step
from tests.vllm import labelled

MODEL: Final = "trained"
THEIRS: Final = "trained.json"
LONGEST: Final = 512  # tokens, here and on the server
FAMILY: Final = FAMILIES["encoder"]
SEED, NUMBER, FIRST = 7, 320, 100
_USER: Final = Step("user", "Please settle my bills, and pay no people I do not know.")

# It fits by its characters and not by its tokens: the server is the one that refuses it.
LONG: Final = Question(Form.JUDGE, labelled.policy(0), f'pay({{"note":"{";" * 900}"}})')


def questions() -> Sequence[Question]:
    """Return the known questions, and some about calls of which a part violates the sentence."""
    some = [
        Question(Form.JUDGE, labelled.policy(one), labelled.call(one, bad=bad))
        for one in range(8)
        for bad in (True, False)
    ]
    return (*CANARY, *some, *(replace(one, steps=(_USER,)) for one in some[:8]))


def theirs(folder: Path) -> Mapping[str, Any]:
    """Return what `transformers` said of the model that was trained."""
    told: Mapping[str, Any] = json.loads((folder / THEIRS).read_text("utf-8"))
    return told


def _said(folder: Path) -> dict[str, Any]:
    """Ask `transformers`: one text at a time, as it stands."""
    import torch  # noqa: PLC0415 - it is in one environment alone
    import transformers  # noqa: PLC0415

    torch.set_num_threads(1)  # several wait for each other where the machine is busy
    transformers.utils.logging.disable_progress_bar()
    words = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    loads = transformers.AutoModelForSequenceClassification.from_pretrained
    model = loads(folder, local_files_only=True).eval()
    logits = []
    for one in questions():
        text = prompt(FAMILY.template, one, min(FAMILY.chars, 2 * LONGEST))
        with torch.inference_mode():
            fine, violation = model(**words(text, return_tensors="pt")).logits[0].tolist()
        logits.append(violation - fine)
    versions = {"torch": str(torch.__version__), "transformers": transformers.__version__}
    return {"logits": logits, **versions}


def _digest(base: Path) -> str:
    """Name everything that the model follows from."""
    root = Path(__file__).parents[2]
    code = (Path(__file__), Path(labelled.__file__), *sorted(root.glob("guards/training/*.py")))
    parts = [one.read_bytes() for one in (*code, base / "config.json")]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def main() -> None:
    """Train, where it was not done yet."""
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m tests.vllm.trained FOLDER BASE")
    folder, base = Path(sys.argv[1]), Path(sys.argv[2])
    out, wanted = folder / MODEL, _digest(base)
    if (folder / THEIRS).exists() and theirs(folder).get("of") == wanted:
        return
    told = "Training a MiniLM on made-up labels: a minute, more where the machine is busy ..."
    print(told, flush=True)  # noqa: T201 - it is a command
    for one in (out, out.with_name(f"{MODEL}.work")):
        shutil.rmtree(one, ignore_errors=True)
    labels = labelled.labels(folder / f"{MODEL}.jsonl", NUMBER, FIRST)
    command = [str(Path(sys.executable).with_name("drawbar")), "train", "encoder"]
    command += ["--labels", str(labels), "--base", str(base), "--out", str(out)]
    command += ["--seed", str(SEED), "--threads", "1", "--epochs", "2"]
    if (code := subprocess.run(command, check=False).returncode) != 0:
        raise SystemExit(f"`drawbar train encoder` ended with {code}")
    told = json.dumps({"of": wanted, **_said(out)})
    (folder / THEIRS).write_text(told, "utf-8")


if __name__ == "__main__":
    main()
