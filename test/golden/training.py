"""Golden values of optimizers, schedules, losses, regularization and clipping, in float64 PyTorch.

Run `python3 training.py OUT_DIR` to write training.json (Debian: apt-get install python3-torch). Options in the file have
the names of this library; what PyTorch calls them stands below. Every list has 50 entries, one an update.
"""
import json
import os
import sys

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
STEPS = 50


def NAdam(params, **told):
    """With foreach: without, PyTorch 1.13 (not 2) multiplies one factor twice into the product of momentums up to t + 1."""
    return torch.optim.NAdam(params, foreach=True, **told)


def optimizer_cases():
    o = torch.optim
    return [
        ("sgd", {"learningRate": 0.1, "momentum": 0.7}, o.SGD, {"lr": 0.1, "momentum": 0.7}),
        ("adam", {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6},
         o.Adam, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6}),
        ("adamW", {"learningRate": 0.02, "weightDecay": 0.3}, o.AdamW, {"lr": 0.02, "weight_decay": 0.3}),
        ("rmsprop", {}, o.RMSprop, {}),
        ("rmsprop", {"learningRate": 0.03, "alpha": 0.9, "epsilon": 1e-5, "momentum": 0.6},
         o.RMSprop, {"lr": 0.03, "alpha": 0.9, "eps": 1e-5, "momentum": 0.6}),
        ("rmsprop", {"learningRate": 0.02, "alpha": 0.8, "epsilon": 1e-3, "centered": True},
         o.RMSprop, {"lr": 0.02, "alpha": 0.8, "eps": 1e-3, "centered": True}),
        ("rmsprop", {"learningRate": 0.02, "momentum": 0.5, "centered": True},
         o.RMSprop, {"lr": 0.02, "momentum": 0.5, "centered": True}),
        ("adagrad", {}, o.Adagrad, {}),
        ("adagrad", {"learningRate": 0.2, "initialAccumulator": 0.3, "epsilon": 1e-4},
         o.Adagrad, {"lr": 0.2, "initial_accumulator_value": 0.3, "eps": 1e-4}),
        ("nadam", {}, NAdam, {}),
        ("nadam", {"learningRate": 0.03, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-5, "momentumDecay": 0.1},
         NAdam, {"lr": 0.03, "betas": (0.7, 0.9), "eps": 1e-5, "momentum_decay": 0.1}),
        ("radam", {}, o.RAdam, {}),
        ("radam", {"learningRate": 0.03, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-5},
         o.RAdam, {"lr": 0.03, "betas": (0.7, 0.9), "eps": 1e-5}),
    ]


def optimizers(start, gradients):
    cases = []
    for kind, options, make, told in optimizer_cases():
        weight = torch.nn.Parameter(start.clone())
        optimizer = make([weight], **told)
        weights = []
        for grad in gradients:
            weight.grad = grad.clone()
            optimizer.step()
            weights.append(weight.detach().tolist())
        cases.append({"config": {"type": kind, **options}, "weights": weights})
    return cases


def learning_rates(initial, make, scores=None):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=initial)
    scheduler = make(optimizer)
    rates = []
    for i in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step() if scores is None else scheduler.step(scores[i])
    return rates


def schedules(scores):
    s = torch.optim.lr_scheduler
    warm = lambda n, start, then: lambda o: s.SequentialLR(  # noqa: E731
        o, [s.LinearLR(o, start_factor=start, total_iters=n), then(o)], milestones=[n])
    cases = [
        ({"type": "stepDecay", "initial": 0.4, "factor": 0.6, "every": 7}, 0.4, lambda o: s.StepLR(o, 7, 0.6)),
        ({"type": "exponentialDecay", "initial": 0.4, "factor": 0.93, "every": 1}, 0.4, lambda o: s.ExponentialLR(o, 0.93)),
        ({"type": "cosineDecay", "initial": 0.3, "over": 49}, 0.3, lambda o: s.CosineAnnealingLR(o, 49)),
        ({"type": "cosineDecay", "initial": 0.3, "over": 60, "final": 0.02}, 0.3,
         lambda o: s.CosineAnnealingLR(o, 60, 0.02)),
        ({"type": "linearWarmUp", "over": 12, "to": 0.25}, 0.25, lambda o: s.LinearLR(o, total_iters=12)),
        ({"type": "linearWarmUp", "over": 9, "from": 0.1, "to": {"type": "cosineDecay", "initial": 0.3, "over": 45}},
         0.3, warm(9, 0.1, lambda o: s.CosineAnnealingLR(o, 45))),
        ({"type": "linearWarmUp", "over": 5, "from": 0.25, "to": {"type": "stepDecay", "initial": 0.3, "factor": 0.5, "every": 11}},
         0.3, warm(5, 0.25, lambda o: s.StepLR(o, 11, 0.5))),
        ({"type": "oneCycle", "peak": 0.5, "over": 51}, 0.1,
         lambda o: s.OneCycleLR(o, 0.5, total_steps=51, cycle_momentum=False)),
        ({"type": "oneCycle", "peak": 0.5, "over": 64, "rise": 0.45, "startDivisor": 10, "endDivisor": 50, "shape": "linear"}, 0.1,
         lambda o: s.OneCycleLR(o, 0.5, total_steps=64, pct_start=0.45, div_factor=10, final_div_factor=50,
                                anneal_strategy="linear", cycle_momentum=False)),
    ]
    found = [{"config": config, "learningRates": learning_rates(initial, make)} for config, initial, make in cases]
    plateau = [
        ({"patience": 2, "factor": 0.5}, dict(patience=2, factor=0.5, threshold=1e-4)),
        ({"patience": 1, "factor": 0.7, "minDelta": 0.03, "cooldown": 3, "minimum": 0.05},
         dict(patience=1, factor=0.7, threshold=0.03, cooldown=3, min_lr=0.05)),
        ({"patience": 0, "factor": 0.8, "mode": "max"}, dict(patience=0, factor=0.8, mode="max", threshold=1e-4)),
    ]
    for options, told in plateau:
        make = lambda o: s.ReduceLROnPlateau(o, threshold_mode="abs", eps=0, **told)  # noqa: E731
        config = {"type": "reduceOnPlateau", "initial": 0.4, "monitor": "training.loss", **options}
        found.append({"config": config, "learningRates": learning_rates(0.4, make, scores)})
    return found


class Network(torch.nn.Module):
    """Token ids to two values: embedding, tanh RNN, its last step, linear."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(6, 3)
        self.rnn = torch.nn.RNN(3, 4, batch_first=True)
        self.dense = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.dense(self.rnn(self.embedding(x))[0][:, -1])

    def by_path(self):
        names = {"embedding.weight": "0.weight", "dense.weight": "2.weight", "dense.bias": "2.bias"}
        return {names.get(name, name.replace("rnn.", "1.")): p for name, p in self.named_parameters()}

    def by_kind(self):
        kinds = {"kernel": [self.rnn.weight_ih_l0, self.dense.weight], "recurrent": [self.rnn.weight_hh_l0],
                 "bias": [self.rnn.bias_ih_l0, self.rnn.bias_hh_l0, self.dense.bias], "embedding": [self.embedding.weight]}
        return kinds


def of_kinds(value):
    return value if isinstance(value, dict) else {kind: value for kind in ("kernel", "recurrent", "embedding")}


def train(first, x, y, case):
    """50 epochs of one batch. Decay comes before the update, penalties before clipping, by value before by norm."""
    network = Network()
    network.load_state_dict(first)
    kinds = network.by_kind()
    loss_of = {"meanSquaredError": torch.nn.MSELoss(), "meanAbsoluteError": torch.nn.L1Loss()}.get(
        case["loss"]["type"], None) or torch.nn.HuberLoss(delta=case["loss"]["delta"])
    optimizer = case["make"](network.parameters())
    scheduler = case.get("scheduler", lambda o: None)(optimizer)
    regularization = {name: of_kinds(value) for name, value in case["options"].get("regularization", {}).items()}
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(network(x), y)
        losses.append(loss.item())
        for kind, l1 in regularization.get("l1", {}).items():
            loss = loss + l1 * sum(p.abs().sum() for p in kinds[kind])
        for kind, l2 in regularization.get("l2", {}).items():
            loss = loss + l2 * sum((p ** 2).sum() for p in kinds[kind])
        loss.backward()
        if "clipValue" in case["options"]:
            torch.nn.utils.clip_grad_value_(network.parameters(), case["options"]["clipValue"])
        if "clipNorm" in case["options"]:
            total = torch.sqrt(sum((p.grad ** 2).sum() for p in network.parameters()))
            for p in network.parameters():
                p.grad.mul_(min(1.0, case["options"]["clipNorm"] / total.item()))
        with torch.no_grad():
            for kind, decay in regularization.get("weightDecay", {}).items():
                for p in kinds[kind]:
                    p.mul_(1 - optimizer.param_groups[0]["lr"] * decay)
        optimizer.step()
        with torch.no_grad():
            for kind, most in regularization.get("maxNorm", {}).items():
                for p in kinds[kind]:
                    p.mul_((most / p.norm(dim=1, keepdim=True)).clamp(max=1))
        if scheduler is not None:
            scheduler.step(losses[-1])
    return losses, {path: p.detach().tolist() for path, p in network.by_path().items()}


def trainings(first, x, y):
    o, s = torch.optim, torch.optim.lr_scheduler
    square, absolute = {"type": "meanSquaredError"}, {"type": "meanAbsoluteError"}
    cases = [
        {"name": "weight decay by kind", "loss": square, "optimizer": {"type": "sgd", "learningRate": 0.1, "momentum": 0.5},
         "options": {"regularization": {"weightDecay": {"kernel": 0.1, "recurrent": 0.2, "bias": 0.3, "embedding": 0.4}}},
         "make": lambda ps: o.SGD(ps, lr=0.1, momentum=0.5)},
        {"name": "weight decay of all but biases", "loss": square, "optimizer": {"type": "nadam", "learningRate": 0.02},
         "options": {"regularization": {"weightDecay": 0.5}}, "make": lambda ps: NAdam(ps, lr=0.02)},
        {"name": "huber, L1 and L2, clipped by value", "loss": {"type": "huber", "delta": 0.4},
         "optimizer": {"type": "adam", "learningRate": 0.02},
         "options": {"clipValue": 0.03, "regularization": {"l1": {"embedding": 0.01, "bias": 0.02}, "l2": {"kernel": 0.02, "recurrent": 0.03}}},
         "make": lambda ps: o.Adam(ps, lr=0.02)},
        {"name": "absolute error, largest norms, clipped by value and by norm", "loss": absolute,
         "optimizer": {"type": "rmsprop", "learningRate": 0.02, "momentum": 0.3},
         "options": {"clipValue": 0.2, "clipNorm": 0.3, "regularization": {"l2": 0.001, "maxNorm": {"kernel": 0.7, "recurrent": 0.6, "embedding": 1.1}}},
         "make": lambda ps: o.RMSprop(ps, lr=0.02, momentum=0.3)},
        {"name": "reduced on plateaus", "loss": square,
         "optimizer": {"type": "adagrad", "learningRate": {"type": "reduceOnPlateau", "initial": 0.6, "factor": 0.5, "patience": 1,
                                                          "minDelta": 0.01, "monitor": "training.loss"}},
         "options": {}, "make": lambda ps: o.Adagrad(ps, lr=0.6),
         "scheduler": lambda opt: s.ReduceLROnPlateau(opt, factor=0.5, patience=1, threshold=0.01, threshold_mode="abs", eps=0)},
    ]
    found = []
    for case in cases:
        losses, weights = train(first, x, y, case)
        found.append({**{name: case[name] for name in ("name", "loss", "optimizer", "options")}, "losses": losses, "weights": weights})
    return found


def main():
    torch.manual_seed(3)
    start = torch.tensor([0.5, -1.25, 2.0])
    gradients = torch.randn(STEPS, 3) * torch.tensor([1.0, 0.1, 3.0])
    gradients[10, 1] = 0.0
    scores = (2 / torch.arange(1.0, STEPS + 1) + 0.2 * torch.rand(STEPS)).tolist()
    network = Network()
    first = {name: value.clone() for name, value in network.state_dict().items()}
    x = torch.randint(0, 6, (5, 4))
    y = torch.randn(5, 2)
    golden = {
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "optimizers": optimizers(start, gradients),
        "scores": scores,
        "schedules": schedules(scores),
        "x": x.tolist(),
        "y": y.tolist(),
        "first": {path: p.detach().tolist() for path, p in network.by_path().items()},
        "trainings": trainings(first, x, y),
    }
    with open(os.path.join(sys.argv[1], "training.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


main()
