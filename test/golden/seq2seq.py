"""A step of an encoder and a decoder in float64 PyTorch: loss and gradients of one batch with teacher forcing.

Run `/usr/bin/python3 seq2seq.py OUT_DIR` to write seq2seq.json. Two LSTM layers on either side, sources and targets of different
lengths, sample by sample, so that nothing here knows of padding.
"""
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)
V, W, E, H = 6, 5, 3, 4
embed_in, embed_out = nn.Embedding(V, E), nn.Embedding(W, E)
encoder, decoder = nn.LSTM(E, H, 2), nn.LSTM(E, H, 2)
head = nn.Linear(H, W)
source = [[1, 2, 3, 4], [5, 0], [3, 3, 1]]
target = [[4, 1, 2], [4, 0, 2, 1, 3], [4, 2]]
y = [[1, 2, 0], [0, 2, 1, 3, 0], [2, 0]]

losses = []
for s, t, wanted in zip(source, target, y):
    _, state = encoder(embed_in(torch.tensor(s)))
    out, _ = decoder(embed_out(torch.tensor(t)), state)
    losses.append(F.cross_entropy(head(out), torch.tensor(wanted), reduction="sum"))
loss = sum(losses) / sum(len(wanted) for wanted in y)
parts = {"0.encoder.0": embed_in, "0.encoder.1": encoder, "0.decoder.0": embed_out, "0.decoder.1": decoder, "1": head}
weights = {f"{path}.{name}": w for path, module in parts.items() for name, w in module.named_parameters()}
grads = torch.autograd.grad(loss, list(weights.values()))
found = {
    "vocabulary": [V, W], "units": [E, H], "source": source, "target": target, "y": y, "loss": loss.item(),
    "weights": {name: w.tolist() for name, w in weights.items()},
    "grads": {name: g.tolist() for name, g in zip(weights, grads)},
}
with open(os.path.join(sys.argv[1], "seq2seq.json"), "w") as file:
    json.dump(found, file)
    file.write("\n")
