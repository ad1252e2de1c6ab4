"""Whether transformers (float32, eager, on the CPU) computes golden logits with a converted folder.

usage: transformers_reader.py FOLDER GOLDEN    GOLDEN: a folder of tests/golden/models, whose model FOLDER was made from

Exits with 77 when a package is missing.
"""

import json
import os
import pathlib
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

try:
    import numpy as np
    import torch
    from transformers import AutoModelForCausalLM
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

folder, golden = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
facts = json.loads((golden / "golden.json").read_text())
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
for parameter in model.parameters():  # some versions leave those of quantized models in their stored type
    parameter.data = parameter.data.float()
with torch.no_grad():
    logits = [model(torch.tensor([s["ids"]])).logits[0, s["first"]:].numpy() for s in facts["sequences"]]
difference = np.abs(np.concatenate(logits) - np.load(golden / "logits.npy")).max()
print(f"{folder}: at most {difference:.2g} from the golden logits, {facts['tolerance']} allowed")
sys.exit(0 if difference <= facts["tolerance"] else 1)
