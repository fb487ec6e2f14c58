"""Files of PyTorch 1.13 in each shape that they come in, what is in them, and what their recurrent layers give.

Run `python3 pytorch.py OUT_DIR` (Debian: apt-get install python3-torch). Sizes and values are not symmetric, so that a swapped
gate or a missing transposition shows.
"""
import argparse
import json
import os
import sys

import torch
from torch import nn

torch.manual_seed(7)
torch.set_num_threads(1)
OUT = sys.argv[1]
I, H, V, B, T = 4, 3, 11, 2, 5
tensors, layers = {}, []


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, I, padding_idx=0)
        self.rnn = nn.LSTM(I, H, num_layers=2, bidirectional=True, batch_first=True, dropout=0.25)
        self.fc = nn.Linear(2 * H, 2)


def flat(value):
    if value.is_complex():
        value = torch.view_as_real(value)
    return {"shape": list(value.shape), "data": value.detach().double().reshape(-1).tolist()}


def save(name, value, state=None, **options):
    torch.save(value, os.path.join(OUT, name), **options)
    if state is not None:
        tensors[name] = {key: flat(tensor) for key, tensor in state.items()}


def run(name, file, module, refused=None):
    """What a layer gives for random numbers; a module with one step is run step by step."""
    module.eval()
    x = torch.randn(B, T, I)
    if isinstance(module, (nn.LSTMCell, nn.GRUCell, nn.RNNCell)):
        state, steps = None, []
        for t in range(T):
            state = module(x[:, t], state)
            steps.append(state[0] if isinstance(state, tuple) else state)
        y = torch.stack(steps, 1)
    else:
        y = module(x)[0]
    layers.append({"file": file, "name": name, "x": x.tolist(), "y": y.tolist()})


def main():
    model = Model()
    state = model.state_dict()
    save("state.pt", state, state)
    save("state_legacy.pt", state, state, _use_new_zipfile_serialization=False)
    save("state_protocol_4.pt", state, state, pickle_protocol=4)
    for file in ("state.pt", "state_legacy.pt", "state_protocol_4.pt"):
        run("rnn", file, model.rnn)

    # A training program's checkpoint: DataParallel, an optimizer, and an object of a class.
    optimizer = torch.optim.Adam(model.fc.parameters(), lr=0.003)
    model.fc(torch.randn(3, 2 * H)).sum().backward()
    optimizer.step()
    parallel = {f"module.{key}": value for key, value in model.state_dict().items()}
    args = argparse.Namespace(hidden=H, layers=2)
    save("checkpoint.pth", {"epoch": 3, "state_dict": parallel, "optimizer": optimizer.state_dict(), "args": args}, parallel)
    run("rnn", "checkpoint.pth", model.rnn)
    save("whole.pt", model, model.state_dict())
    run("rnn", "whole.pt", model.rnn)

    for name, module in {
        "gru": nn.GRU(I, H, batch_first=True),
        "rnn_without_bias": nn.RNN(I, H, bias=False, batch_first=True),
        "lstm_cell": nn.LSTMCell(I, H),
        "gru_cell": nn.GRUCell(I, H),
        "rnn_cell": nn.RNNCell(I, H),
    }.items():
        save(f"{name}.pt", module.state_dict(), module.state_dict())
        run("", f"{name}.pt", module)

    normed = nn.utils.weight_norm(nn.GRU(I, H, batch_first=True), "weight_hh_l0")
    with torch.no_grad():
        normed.weight_hh_l0_g.mul_(1.5)
    save("weight_norm.pt", normed.state_dict(), normed.state_dict())
    run("", "weight_norm.pt", normed)

    # AWD-LSTM as fastai saves it: the raw weight, and a copy of which some were dropped.
    lstm = nn.LSTM(I, H, batch_first=True)
    awd = {f"rnns.0.module.{key}": value for key, value in lstm.state_dict().items()}
    awd["rnns.0.weight_hh_l0_raw"] = lstm.weight_hh_l0.detach()
    awd["rnns.0.module.weight_hh_l0"] = nn.functional.dropout(lstm.weight_hh_l0.detach(), 0.5)
    save("awd.pt", awd, awd)
    run("rnns.0", "awd.pt", lstm)

    base = torch.arange(24.0).reshape(4, 6) / 8 - 1
    odd = {
        "transposed": base.t(), "view": base[1:3, 2:5], "again": base, "column": base[:, 1], "expanded": base[:1, :1].expand(2, 3),
        "parameter": nn.Parameter(base * 2), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3),
        "float16": torch.tensor([1.5, -0.0001, 65504.0]).half(), "bfloat16": torch.tensor([1.5, -3e38, 1e-40]).bfloat16(),
        "float64": torch.tensor([0.1], dtype=torch.float64), "int64": torch.tensor([-(2**53), 7]),
        "int32": torch.tensor([-(2**31), 7], dtype=torch.int32), "int16": torch.tensor([-300], dtype=torch.int16),
        "int8": torch.tensor([-100], dtype=torch.int8), "uint8": torch.tensor([200], dtype=torch.uint8),
        "bool": torch.tensor([True, False]), "complex64": torch.tensor([1 + 2j, -3j]), "__proto__": torch.tensor([1.0]),
    }
    save("odd.pt", odd, odd)
    save("odd_legacy.pt", odd, odd, _use_new_zipfile_serialization=False)

    # What cannot be had.
    save("proj.pt", nn.LSTM(I, 5, proj_size=2).state_dict())
    save("relu.pt", nn.RNN(I, H, nonlinearity="relu", batch_first=True))
    quantised = torch.quantization.quantize_dynamic(nn.Sequential(nn.LSTM(I, H)), {nn.LSTM})
    save("quantised.pt", quantised.state_dict())
    torch.jit.save(torch.jit.script(nn.LSTM(I, H)), os.path.join(OUT, "script.pt"))

    with open(os.path.join(OUT, "tensors.json"), "w") as file:
        json.dump(tensors, file, separators=(",", ":"))
    with open(os.path.join(OUT, "layers.json"), "w") as file:
        json.dump(layers, file, separators=(",", ":"))


main()
