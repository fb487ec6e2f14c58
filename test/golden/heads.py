"""Golden values of a model with two inputs and three outputs, in float64 PyTorch.

Run `/usr/bin/python3 heads.py > heads.json`. Samples are of different lengths and stand alone, one after the other; targets that are null
are missing. Ten updates by plain gradient descent over all samples: the loss of each output before each of them, and the weights after the last.
"""
import json

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(11)
UPDATES, LEARNING_RATE = 10, 0.3
LOSS_WEIGHTS = {"tags": 1, "topic": 0.5, "values": 2}


def rand(*shape):
    return torch.randn(*shape, generator=generator) * 0.7


lengths = [4, 1, 3]
x = {
    "words": [torch.randint(0, 5, (length,), generator=generator) for length in lengths],
    "numbers": [rand(length, 2) for length in lengths],
}
y = {"tags": [[0, 2, 1, 1], None, [2, 0, 0]], "topic": [1, 0, None], "values": [[0.5, -1.0], [1.5, 0.25], None]}
weights = {
    "0.words.0.weight": rand(5, 3), "0.numbers.0.weight": rand(2, 2), "0.numbers.0.bias": rand(2),
    "1.weight_ih_l0": rand(16, 5), "1.weight_hh_l0": rand(16, 4), "1.bias_ih_l0": rand(16), "1.bias_hh_l0": rand(16),
    "2.tags.0.weight": rand(3, 4), "2.tags.0.bias": rand(3),
    "2.topic.1.weight": rand(2, 4), "2.topic.1.bias": rand(2),
    "2.values.1.weight": rand(2, 4), "2.values.1.bias": rand(2),
}
first = {name: w.tolist() for name, w in weights.items()}
weights = {name: w.clone().requires_grad_() for name, w in weights.items()}


def lstm(steps, w):
    h, c, hs = torch.zeros(4), torch.zeros(4), []
    for step in steps:
        gates = F.linear(step, w["1.weight_ih_l0"], w["1.bias_ih_l0"]) + F.linear(h, w["1.weight_hh_l0"], w["1.bias_hh_l0"])
        i, f, g, o = gates.chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs)


def losses(w):
    rows = {"tags": [], "topic": [], "values": []}
    for i in range(len(lengths)):
        words = w["0.words.0.weight"][x["words"][i]]
        numbers = torch.tanh(F.linear(x["numbers"][i], w["0.numbers.0.weight"], w["0.numbers.0.bias"]))
        h = lstm(torch.cat([words, numbers], -1), w)
        if y["tags"][i] is not None:
            logits = F.linear(h, w["2.tags.0.weight"], w["2.tags.0.bias"])
            rows["tags"] += list(F.cross_entropy(logits, torch.tensor(y["tags"][i]), reduction="none"))
        if y["topic"][i] is not None:
            logits = F.linear(h.mean(0), w["2.topic.1.weight"], w["2.topic.1.bias"])
            rows["topic"].append(F.cross_entropy(logits[None], torch.tensor([y["topic"][i]])))
        if y["values"][i] is not None:
            found = F.linear(h[-1], w["2.values.1.weight"], w["2.values.1.bias"])
            rows["values"].append(((found - torch.tensor(y["values"][i])) ** 2).mean())
    return {name: torch.stack(of).mean() for name, of in rows.items()}


told = []
for _ in range(UPDATES):
    found = losses(weights)
    total = sum(LOSS_WEIGHTS[name] * loss for name, loss in found.items())
    told.append({"loss": total.item(), **{f"{name}.loss": loss.item() for name, loss in found.items()}})
    grads = torch.autograd.grad(total, list(weights.values()))
    weights = {name: (w - LEARNING_RATE * g).detach().requires_grad_() for (name, w), g in zip(weights.items(), grads)}

print(json.dumps({
    "x": {name: [sample.tolist() for sample in samples] for name, samples in x.items()},
    "y": y,
    "lossWeights": LOSS_WEIGHTS,
    "learningRate": LEARNING_RATE,
    "before": first,
    "losses": told,
    "after": {name: w.tolist() for name, w in weights.items()},
}))
