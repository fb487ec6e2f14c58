"""Files of ONNX that PyTorch 1.13 exports, and what it gives itself.

Run `python3 onnx.py OUT_DIR` (Debian: apt-get install python3-torch). Sizes and values are not symmetric, so that a swapped gate or a
missing transposition shows. Without constant folding the weights are in PyTorch's order, and nodes reorder them.
"""
import io
import json
import os
import sys

import torch
from torch import nn

torch.manual_seed(11)
torch.set_num_threads(1)
OUT = sys.argv[1]
I, H, V, B, T = 4, 3, 7, 2, 5
cases = []


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, I)
        self.rnn = nn.GRU(I, H, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, ids):
        return self.fc(self.rnn(self.embed(ids))[0])


class Last(nn.Module):
    """A classifier of texts, by the last step, or by the last state of both directions."""

    def __init__(self, both):
        super().__init__()
        self.embed = nn.Embedding(V, I)
        self.rnn = nn.LSTM(I, H, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(2 * H if both else H, 2)
        self.both = both

    def forward(self, ids):
        y, (h, _) = self.rnn(self.embed(ids))
        return torch.softmax(self.fc(torch.cat([h[-2], h[-1]], 1)), -1) if self.both else self.fc(y[:, -1])


class Lone(nn.Module):
    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]


def save(name, module, x, folding):
    module.eval()
    bytes_ = io.BytesIO()
    names = {0: "batch", 1: "time"}
    torch.onnx.export(
        module, (x,), bytes_, opset_version=14, do_constant_folding=folding,
        input_names=["x"], output_names=["y"], dynamic_axes={"x": names, "y": names if module(x).dim() == 3 else {0: "batch"}},
    )
    with open(os.path.join(OUT, f"{name}.onnx"), "wb") as file:
        file.write(bytes_.getvalue())
    weights = {key: {"shape": list(value.shape), "data": value.flatten().tolist()} for key, value in module.state_dict().items()}
    cases.append({"file": f"{name}.onnx", "x": x.tolist(), "y": module(x).tolist(), "weights": weights})


with torch.no_grad():
    x = torch.randn(B, T, I)
    save("lstm", Lone(nn.LSTM(I, H, num_layers=2, bidirectional=True, batch_first=True)), x, True)
    save("lstm_not_folded", Lone(nn.LSTM(I, H, num_layers=2, batch_first=True)), x, False)
    save("gru", Lone(nn.GRU(I, H, batch_first=True)), x, False)
    save("gru_without_bias", Lone(nn.GRU(I, H, num_layers=2, batch_first=True, bias=False)), x, True)
    save("rnn_relu", Lone(nn.RNN(I, H, nonlinearity="relu", bidirectional=True, batch_first=True)), x, True)
    save("words", Words(), torch.randint(0, V, (B, T)), True)
    save("last_step", Last(False), torch.randint(0, V, (B, T)), True)
    save("last_states", Last(True), torch.randint(0, V, (B, T)), True)
    with open(os.path.join(OUT, "cases.json"), "w") as file:
        json.dump(cases, file)
