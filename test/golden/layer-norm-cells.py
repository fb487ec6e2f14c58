"""Layer-normalised LSTM and GRU cells, with PyTorch in float64: writes layer-norm-cells.json.

Run with Debian's python3-torch: /usr/bin/python3 test/golden/layer-norm-cells.py. The equations are those of Ba et al. 2016
(arXiv:1607.06450), supplementary material; the normalisation is torch.nn.functional.layer_norm.
"""

import json
import os

import torch
from torch.nn.functional import layer_norm

torch.set_default_dtype(torch.float64)
GATES = {"lstm": 4, "gru": 3}


def norm(x):
    return layer_norm(x, x.shape[-1:], eps=1e-5)


def grouped(cell, x, H):
    """What is normalised together: all gates of an LSTM, r and z of a GRU, and its n."""
    return norm(x) if cell == "lstm" else torch.cat([norm(x[:, :2 * H]), norm(x[:, 2 * H:])], 1)


def step(cell, reset_after, w, x, h, c, masks):
    H = h.shape[1]
    u, gain, b = w["weight_hh"], w["gain_hh"], w.get("bias_hh", torch.zeros(len(w["gain_hh"])))
    a = grouped(cell, (x * masks["input"]) @ w["weight_ih"].T, H) * w["gain_ih"] + w.get("bias_ih", 0)
    kept = h * masks["recurrent"]
    if cell == "lstm":
        i, f, g, o = (a + norm(kept @ u.T) * gain + b).split(H, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(norm(c) * w["gain_c"] + w.get("bias_c", 0)), c
    product = norm(kept @ u[:2 * H].T) * gain[:2 * H] + b[:2 * H]
    r, z = torch.sigmoid(a[:, :2 * H] + product).split(H, 1)
    entered = kept if reset_after else r * kept
    product = norm(entered @ u[2 * H:].T) * gain[2 * H:] + b[2 * H:]
    n = torch.tanh(a[:, 2 * H:] + (r * product if reset_after else product))
    return (1 - z) * n + z * h, c


def case(cell, bias=True, reset_after=True, dropped=False, B=2, T=3, I=2, H=3):
    rows = GATES[cell] * H
    shapes = {"weight_ih": (rows, I), "weight_hh": (rows, H), "gain_ih": (rows,), "gain_hh": (rows,)}
    if cell == "lstm":
        shapes |= {"gain_c": (H,)} | ({"bias_c": (H,)} if bias else {})
    if bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    w = {name: (torch.randn(shape) * 0.8).requires_grad_() for name, shape in shapes.items()}
    x, h, c = (torch.randn(shape).requires_grad_() for shape in ((B, T, I), (B, H), (B, H)))
    # Fixed over time, as a rate of 0.5 with inverted scaling gives them.
    bits = {"input": [[1, 0], [1, 1]], "recurrent": [[1, 0, 1], [0, 1, 1]]} if dropped else {}
    masks = {site: torch.tensor(bits.get(site, 0.5), dtype=torch.float64) * 2 for site in ("input", "recurrent")}
    ys, now, carried = [], h, c
    for t in range(T):
        now, carried = step(cell, reset_after, w, x[:, t], now, carried, masks)
        ys.append(now)
    y = torch.stack(ys, 1)
    probe = torch.randn(y.shape)
    leaves = w | {"x": x, "h": h} | ({"c": c} if cell == "lstm" else {})
    grads = torch.autograd.grad((y * probe).sum(), list(leaves.values()))
    numbers = lambda tensor: tensor.detach().tolist()
    options = {"cell": cell, "normalization": "layer"} | ({} if bias else {"bias": False})
    if not reset_after:
        options["resetAfter"] = False
    return {
        "options": options | {"inputSize": I, "hiddenSize": H},
        "weights": {name: numbers(value) for name, value in w.items()},
        "masks": {site: {"rate": 0.5, "mask": mask} for site, mask in bits.items()},
        "x": numbers(x),
        "state": {"h": numbers(h)} | ({"c": numbers(c)} if cell == "lstm" else {}),
        "y": numbers(y),
        "probe": numbers(probe),
        "grads": {name: numbers(grad) for name, grad in zip(leaves, grads)},
    }


def main():
    torch.manual_seed(17)
    cases = [
        case(cell, bias, reset_after, dropped)
        for cell, reset_after in (("lstm", True), ("gru", True), ("gru", False))
        for bias, dropped in ((True, False), (True, True), (False, False))
    ]
    path = os.path.join(os.path.dirname(__file__), "layer-norm-cells.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n")
    print(len(cases), "cases")


main()
