"""Whether the answers of a job fit the schema that was asked for."""

import csv
import io
from pathlib import Path

from claude_cli.simulator.server.server import Simulator
from tests.flow.batch.conftest import Batch
from tests.jobs.simulated import sent, succeeded

SCHEMA = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'


def test_answers_are_held_to_the_schema(simulator: Simulator, batch: Batch) -> None:
    Path("in.txt").write_text("one\ntwo\nthree\n")
    simulator.batches.order({"*-2": succeeded('{"n": "one"}'), "*-3": succeeded("no JSON")})
    options = ("in.txt", "{line}", "--schema", SCHEMA, "--format", "csv")
    for ran in (batch(*options), batch(*options)):  # the second time it is finished
        assert (ran.code, "2 unfit for the schema" in ran.stderr) == (6, True)
        errors = [row["error"] for row in csv.DictReader(io.StringIO(ran.text))]
        assert [error.partition(":")[0] for error in errors] == [
            "",
            "the answer does not fit the schema",
            "the answer is not JSON",
        ]
        assert f"-2: {errors[1]}" in ran.stderr
    params = sent(simulator)[0]["params"]
    assert params["output_config"]["format"]["type"] == "json_schema"


def test_what_failed_or_was_cut_is_not_held_to_the_schema(
    simulator: Simulator, batch: Batch
) -> None:
    Path("in.txt").write_text("one\ntwo\n")
    simulator.batches.order({"*-1": succeeded('{"n": ', "max_tokens"), "*-2": "expired"})
    ran = batch("in.txt", "{line}", "--schema", SCHEMA)
    assert (ran.code, "schema" in ran.stderr) == (5, False)


def test_the_properties_of_an_object_are_columns(simulator: Simulator, batch: Batch) -> None:
    Path("in.csv").write_text("id,name\na,x\nb,y\nc,z\n")
    answer = '{"name": "Ada", "age": 36, "tags": ["a", "b"], "error": true}'
    cut_off = succeeded('{"name": "cu', "max_tokens")
    rows = {"*-1": succeeded(answer), "*-2": succeeded("no JSON"), "*-3": cut_off}
    simulator.batches.order(rows)
    fields = "name, age int, tags [str], error bool"
    ran = batch("in.csv", "{id}", "--schema", fields, "--format", "csv")
    columns = ["id", "name", "name_2", "age", "tags", "error", "stop_reason", "model", "error_2"]
    whole, unfit, cut = csv.DictReader(io.StringIO(ran.text))
    assert [*whole][:9] == columns
    assert [whole[name] for name in columns[1:6]] == ["x", "Ada", "36", '["a", "b"]', "true"]
    assert [unfit[name] for name in columns[1:6]] == ["y", "", "", "", ""]
    assert unfit["error_2"].startswith("the answer is not JSON")
    assert (cut["name_2"], cut["stop_reason"]) == ("", "max_tokens")
    assert "name of the answers is in the column name_2" in ran.stderr
