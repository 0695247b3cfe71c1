"""The pages about the instance format: the example loads, every field is named, every command line exists."""

import json
import re
from pathlib import Path

import raymenu
from raymenu.instances.preferences import KINDS
from raymenu.instances.schema import AgentRecord, InstanceRecord, TaskRecord

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "instance-format.md").read_text(encoding="utf-8")


def test_the_example_is_a_whole_instance(tmp_path):
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "ward.json"
    path.write_text(example)
    inst = raymenu.load(path)
    assert inst.agents == ["Dr Lee", "Dr Ray"] and raymenu.solve_first_best(inst).cost < inst.status_quo_cost
    assert set(json.loads(example)) | {"rules"} == set(InstanceRecord.model_fields)


def test_every_field_is_named():
    for record in (InstanceRecord, TaskRecord, AgentRecord):
        for field in record.model_fields:
            assert re.search(rf"[`.]{field}[`\[]", PAGE), field
    for kind in ("uniform", "lognormal", "finite"):
        (line,) = [line for line in PAGE.splitlines() if f'"kind": "{kind}", ...' in line]
        for field in set(KINDS[kind].model_fields) - {"kind"}:
            assert f"`{field}`" in line, field
