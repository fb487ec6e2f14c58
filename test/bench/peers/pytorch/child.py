"""PyTorch: `python3 child.py loop|script|fused [flush]`; `flush` makes subnormal numbers 0."""
import re
import sys

import torch
from torch.nn.functional import cross_entropy, linear

import cells
from peer import serve

THREADS = 2
# By itself PyTorch takes a thread for each physical core, which can be one of two.
torch.set_num_threads(THREADS)
way = sys.argv[1]
if "flush" in sys.argv[2:] and not torch.set_flush_denormal(True):
    sys.exit("an x86 CPU with SSE3 was expected: this one cannot flush")


def blas():
    """Which library does the products: that which is mapped after one was done."""
    torch.rand(64, 64) @ torch.rand(64, 64)
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if re.search(r"/lib\w*blas\w*[-.]", line)}
    folders = {re.search(r"([^/]*)/[^/]*$", path).group(1) for path in paths if "openblas" in path}
    if folders:
        return "+".join(sorted(folders))
    return "MKL" if "mkl" in torch.__config__.show().lower() else "+".join(sorted(paths)) or "BLAS unknown"


def by_hand(task):
    """All steps' products with x at once, then the loop. Gives the weights, and the function of the states."""
    loop = getattr(cells, task.cell)
    if way == "script":
        loop = torch.jit.script(loop)
    w, u, b_ih, b_hh = task.weight_ih, task.weight_hh, task.bias_ih, task.bias_hh

    def states(x, mask):
        bias = b_ih if task.cell == "gru" else b_ih + b_hh
        a = torch.addmm(bias, x.reshape(-1, task.input_size), w.t())
        return loop(a.view(task.time, task.batch, -1), u, b_hh, mask)

    return [w, u, b_ih, b_hh], states


def fused(task):
    """nn.LSTM has no dropout on h, and between its layers only."""
    if task.drops:
        return None
    layer = torch.nn.LSTM(task.input_size, task.hidden_size)
    given = [task.weight_ih, task.weight_hh, task.bias_ih, task.bias_hh]
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), given):
            parameter.copy_(value)
    return list(layer.parameters()), lambda x, mask: layer(x)[0]


def prepare(task):
    found = (fused if way == "fused" else by_hand)(task)
    if found is None:
        return None
    weights, states = found
    if not task.trains:

        def forward():
            with torch.inference_mode():
                y = states(task.x, None)
                return y if way == "fused" else torch.stack(y)

        return forward

    weights = weights + [task.weight, task.bias]
    for weight in weights:
        weight.requires_grad_()
    optimizer = torch.optim.Adam(weights, foreach=True)

    def step():
        x, mask = task.x, None
        if task.drops:
            for_input, mask = task.masks()
            x = x * for_input
        optimizer.zero_grad(set_to_none=True)
        loss = cross_entropy(linear(states(x, mask)[-1], task.weight, task.bias), task.labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


serve(f"{torch.__version__}, {torch.get_num_threads()} threads", blas(), prepare)
