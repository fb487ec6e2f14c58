"""Recurrent layers without biases and of other activations, with PyTorch in float64: writes recurrent-variants.json.

Run with Debian's python3-torch: /usr/bin/python3 test/golden/recurrent-variants.py. What nn.LSTM, GRU and RNN have is theirs; hard sigmoids
and other activations are written out step by step: the gradient of torch.nn.functional.hardsigmoid has a float32's 1 / 6 in it.
"""

import json
import os

import torch

torch.set_default_dtype(torch.float64)
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardSigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1),
    "hardSigmoid0.2": lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),
}


def step(cell, reset_after, value, gate, w, x, h, c):
    a = x @ w["weight_ih"].T + w.get("bias_ih", 0)
    u, b = w["weight_hh"], w.get("bias_hh")
    H = h.shape[1]
    part = lambda k: (u[k * H:(k + 1) * H], 0 if b is None else b[k * H:(k + 1) * H])
    product = lambda k, v: v @ part(k)[0].T + part(k)[1]
    at = lambda k: a[:, k * H:(k + 1) * H]
    if cell == "rnn":
        return value(at(0) + product(0, h)), c
    if cell == "gru":
        r, z = gate(at(0) + product(0, h)), gate(at(1) + product(1, h))
        n = value(at(2) + r * product(2, h)) if reset_after else value(at(2) + product(2, r * h))
        return (1 - z) * n + z * h, c
    i, f, g, o = (at(k) + product(k, h) for k in range(4))
    c = gate(f) * c + gate(i) * value(g)
    return gate(o) * value(c), c


def case(cell, bias=True, reset_after=True, activation="tanh", recurrent_activation="sigmoid", module=None, B=2, T=3, I=2, H=3):
    rows = GATES[cell] * H
    shapes = {"weight_ih": (rows, I), "weight_hh": (rows, H)}
    if bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    # Large enough that hard sigmoids are cut off on both sides.
    w = {name: (torch.randn(shape) * 1.2).requires_grad_() for name, shape in shapes.items()}
    x, h, c = (torch.randn(shape).requires_grad_() for shape in ((B, T, I), (B, H), (B, H)))
    if module:
        net = module(I, H, batch_first=True, bias=bias)
        net.load_state_dict({name + "_l0": value.detach() for name, value in w.items()})
        state = (h[None], c[None]) if cell == "lstm" else h[None]
        y, _ = net(x, state)
        leaves = {name[:-3]: p for name, p in net.named_parameters()}
    else:
        ys, now, carried = [], h, c
        value, gate = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
        for t in range(T):
            now, carried = step(cell, reset_after, value, gate, w, x[:, t], now, carried)
            ys.append(now)
        y, leaves = torch.stack(ys, 1), w
    probe = torch.randn(y.shape)
    loss = (y * probe).sum()
    leaves = leaves | {"x": x, "h": h} | ({"c": c} if cell == "lstm" else {})
    grads = torch.autograd.grad(loss, list(leaves.values()))
    options = {"cell": cell}
    if not bias:
        options["bias"] = False
    if not reset_after:
        options["resetAfter"] = False
    if activation != "tanh":
        options["activation"] = activation
    if recurrent_activation != "sigmoid":
        options["recurrentActivation"] = recurrent_activation
    numbers = lambda tensor: tensor.detach().tolist()
    return {
        "options": options | {"inputSize": I, "hiddenSize": H},
        "weights": {name: numbers(value) for name, value in w.items()},
        "x": numbers(x),
        "state": {"h": numbers(h)} | ({"c": numbers(c)} if cell == "lstm" else {}),
        "y": numbers(y),
        "probe": numbers(probe),
        "grads": {name: numbers(grad) for name, grad in zip(leaves, grads)},
    }


def relu_rnn(*sizes, **told):
    return torch.nn.RNN(*sizes, nonlinearity="relu", **told)


def main():
    torch.manual_seed(16)
    cases = [
        case("lstm", bias=False, module=torch.nn.LSTM),
        case("gru", bias=False, module=torch.nn.GRU),
        case("rnn", bias=False, module=torch.nn.RNN),
        case("rnn", activation="relu", module=relu_rnn),
        case("rnn", bias=False, activation="relu", module=relu_rnn),
        case("gru", bias=False, reset_after=False),
    ]
    for cell, reset_after in (("lstm", True), ("gru", True), ("gru", False)):
        for gate in ("hardSigmoid", "hardSigmoid0.2", "relu", "linear", "tanh"):
            cases.append(case(cell, reset_after=reset_after, recurrent_activation=gate))
    for cell, reset_after in (("lstm", True), ("gru", True), ("gru", False), ("rnn", True)):
        for value in ("relu", "sigmoid", "linear", "hardSigmoid", "hardSigmoid0.2"):
            cases.append(case(cell, reset_after=reset_after, activation=value))
    cases.append(case("lstm", activation="relu", recurrent_activation="hardSigmoid0.2"))
    path = os.path.join(os.path.dirname(__file__), "recurrent-variants.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n")
    print(len(cases), "cases")


main()
