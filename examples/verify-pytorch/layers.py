"""Recurrent layers of PyTorch for subjects.mjs: a line of JSON in, a line of JSON out. Arguments: what is built, and its sizes.

Debian: apt-get install python3-torch.
"""
import json
import sys

import torch
from torch import nn

kind, inputs, units = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
cell = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind.split("-")[0]]
# A single layer has nothing between its layers: PyTorch warns, and drops nothing.
layer = cell(inputs, units, batch_first=True, dropout=0.35 if kind.endswith("-dropout") else 0)


def forward(x, training, lengths):
    layer.train(training)
    drop = nn.functional.dropout
    if kind.endswith("-input"):
        x = drop(x, 0.35, training)
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=x.shape[1])
    return drop(y, 0.35, training) if kind.endswith("-output") else y


for line in sys.stdin:
    call = json.loads(line)
    with torch.no_grad():
        if "weights" in call:
            for name, value in call["weights"].items():
                getattr(layer, f"{name}_l0").copy_(torch.tensor(value))
            answer = None
        else:
            torch.manual_seed(call["seed"])
            x = torch.tensor(call["x"])
            answer = forward(x, call["training"], call.get("lengths") or [x.shape[1]] * x.shape[0]).tolist()
    print(json.dumps(answer), flush=True)
