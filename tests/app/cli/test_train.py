"""`drawbar train` and what follows it: an encoder in the gateway, verified and calibrated."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.config_file import SettingsError
from app.guarding.guarding import Guards
from app.settings import load
from app.telemetry import Metrics
from dsl.errors import DrawbarError
from guards.classifier.encoder.guard import Encoded
from guards.training.export import export
from tests.guards.encoder import tiny


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights")
    export(tiny.base(tmp_path_factory.mktemp("base")), out, "labels", 160)
    return out


def run(*told: str | int | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, told)))


def test_a_sentence_encoder_becomes_a_small_file(tmp_path: Path) -> None:
    """The command writes the folder and says how large it is; what is no model gets a sentence."""
    base = tiny.base(tmp_path / "base", labels=False)

    made = run("train", "export-encoder", "--from", base, "--out", tmp_path / "out", "--tokens", 16)
    wrong = run("train", "export-encoder", "--from", tmp_path, "--out", tmp_path / "other")

    assert made.exit_code == 0, made.output
    assert "0.2 MB, 16 tokens" in made.output
    assert isinstance(wrong.exception, DrawbarError)
    assert "does not describe a model" in str(wrong.exception)


def test_an_encoder_goes_the_way_of_every_guard(weights: Path, tmp_path: Path) -> None:
    """Verified, then calibrated on labels: drawn numbers show nothing, and enforce nothing."""
    folder, labels = tmp_path / "g", tiny.cases(tmp_path / "labels.jsonl", 160)
    early = run("guard", "calibrate", weights, "--folder", folder, "--labels", labels)
    verified = run("guard", "verify", weights, "--folder", folder)
    done = run("guard", "calibrate", weights, "--folder", folder, "--labels", labels)

    assert "run `drawbar guard verify`" in str(early.exception)
    assert verified.exit_code == 0, verified.output
    assert "known question 8 of 8" in verified.output
    assert "(server onnxruntime " in verified.output
    assert done.exit_code == 3, done.output
    assert "shadow only: judge, the sentence" in done.output
    told = json.loads((folder / "skill.json").read_text())
    assert told["key"]["backend"] == "onnx"
    assert told["key"]["model"] == Encoded(weights).model
    table = {"kind": "encoder", "weights": str(weights), "folder": str(folder)}
    asker = Guards(load({"guards": {"g": table}}).guards, Metrics()).askers["g"]
    assert asker.reading.fits


def test_what_is_of_servers_is_not_said_of_a_folder(weights: Path, tmp_path: Path) -> None:
    """A family or a header with a folder is a mistake; so is an address without a family."""
    wrong = run("guard", "verify", weights, "--folder", tmp_path, "--family", "encoder")
    bare = run("guard", "verify", "http://127.0.0.1:1", "--folder", tmp_path)

    assert "are for guards that are served" in str(wrong.exception)
    assert "needs `--family` and `--model`" in str(bare.exception)


def test_settings_that_name_no_encoder_stop_the_start(weights: Path, tmp_path: Path) -> None:
    """A gateway does not start with an encoder that is not there, or gives vectors alone."""
    table = {"kind": "encoder", "weights": str(tmp_path), "folder": str(tmp_path)}

    with pytest.raises(SettingsError, match="it is no folder of an encoder"):
        Guards(load({"guards": {"g": table}}).guards, Metrics())
    with pytest.raises(SettingsError, match="weights"):
        load({"guards": {"g": {"kind": "encoder", "folder": str(tmp_path)}}})
    with pytest.raises(SettingsError, match="url"):
        load({"guards": {"g": {**table, "weights": str(weights), "url": "http://127.0.0.1:1"}}})


def test_training_without_pytorch_says_what_to_install(tmp_path: Path) -> None:
    """Whoever lacks the extra reads its name, and no traceback."""
    code = "import sys; sys.modules['torch'] = None\nfrom app.cli.main import main; main()"
    labels = tiny.cases(tmp_path / "labels.jsonl", 4)
    told = ["--labels", labels, "--base", tmp_path, "--out", tmp_path / "out"]
    ran = subprocess.run(
        [sys.executable, "-c", code, "train", "encoder", *map(str, told)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "pip install 'drawbar-server[classifier]'" in ran.stderr


def test_a_gateway_without_an_encoder_loads_none() -> None:
    """The settings load nothing heavy, whatever they could name."""
    code = "import app.settings, sys; print({'numpy', 'onnxruntime', 'torch'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"
