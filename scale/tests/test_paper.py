"""The table of the README is the computed one, and the presets are those of `omni-r1`."""

import re

from conftest import ROOT

from omni_scale import paper


def test_the_readme_has_the_computed_table():
    readme = (ROOT / "scale/README.md").read_text()
    assert paper.table() in readme
    for gpu, known in (("A100", "A100"), ("H200", "H200")):
        peak, *_ = paper.GPUS[gpu]
        shape = paper.PRESETS["chameleon_7b"]
        hours = paper.amount(paper.sft_hours(shape, peak, 8, paper.TRACES * paper.LENGTH))
        rewards = paper.amount(paper.perpo_hours(shape, gpu, 8))
        assert re.search(rf"{known} {hours}( hours of SFT)? and {rewards}", readme), (gpu, hours, rewards)


def test_presets_are_those_of_omni_r1():
    source = (ROOT / "src/config/presets.rs").read_text()
    assert re.findall(r'"([a-z0-9_-]+)",\s*Shape', source) == list(paper.PRESETS)
    for name, shape in paper.PRESETS.items():
        numbers = f"Shape::new({shape.hidden}, {shape.intermediate}, {shape.layers}, {shape.heads}, "
        found = re.search(rf'"{name}",\s*(Shape::new\([^)]*\)|Shape \{{[^}}]*\}})', source)
        assert found and numbers in found[1], name
        grouped = re.search(r"key_value_heads: (\d+)", found[1])
        assert shape.kv_heads == (int(grouped[1]) if grouped else shape.heads), name


def test_the_7b_has_as_many_weights_as_published():
    shape = paper.PRESETS["chameleon_7b"]
    # 7,013,666,816 with the norms, which are no matrices.
    norms = shape.layers * (2 * 4096 + 4 * 32 * 128) + 4096
    assert shape.weights + norms == 7_013_666_816
    # Keys and values of a token in bfloat16: half a MiB.
    assert shape.cache() == 512 * 1024
