"""Omni-R1's training on PyTorch, on the files of `omni-r1`.

| module | what |
|---|---|
| `command` | the command line |
| `settings` | a run's config, and what is wrong with it |
| `shards` | what `omni-r1 prepare` wrote: batches or questions, step by step |
| `folder` | checkpoint folders, read and written as `omni-r1` does |
| `model` | transformers' Chameleon with picture tokens among its logits; its sharding |
| `losses` | cross-entropy, the perception loss, the policy objective |
| `optimizer` | Muon for the blocks' matrices, AdamW for the rest; the schedule |
| `sft` | training on documents |
| `perpo` | training by rewards, on TRL |
| `rewards`, `gain` | what answers are worth beside each other |
| `program` | `omni-r1 grammar` and `omni-r1 judge` over pipes |
| `generate` | answers in batches |
| `convert` | published layouts of checkpoints <-> this one |
| `report` | what a run on a GPU came to |
| `paper` | memory and speed of the presets, computed |
"""
