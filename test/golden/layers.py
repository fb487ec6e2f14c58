"""Golden values of layers around the recurrent core, in float64 PyTorch.

Run `python3 layers.py OUT_DIR` to write layers.json (Debian: apt-get install python3-torch). Samples are of different
lengths and stand alone, one after the other, so that nothing here knows of padding. Gradients are those of sum(y * probe), by autograd.
"""
import json
import os
import sys

import torch
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(5)


def rand(*shape):
    return torch.randn(*shape, generator=generator)


def case(config, samples, weights, run, training=False):
    """run(samples, weights) gives the outputs, one a sample, and statistics by name."""
    samples = [x.clone().requires_grad_() for x in samples]
    weights = {name: w.clone().requires_grad_() for name, w in weights.items()}
    ys, statistics = run(samples, weights)
    probes = [rand(*y.shape) for y in ys]
    moved = [w for w in weights.values()]
    total = sum((y * probe).sum() for y, probe in zip(ys, probes))
    grads = torch.autograd.grad(total, samples + moved, allow_unused=True)
    by_x = [g if g is not None else torch.zeros_like(x) for g, x in zip(grads, samples)]
    by_weight = dict(zip(weights, grads[len(samples):]))
    return {
        "config": config,
        "training": training,
        "over": "time" if samples[0].dim() == 2 else "batch",
        "weights": {name: w.tolist() for name, w in weights.items()},
        "x": [x.tolist() for x in samples],
        "y": [y.tolist() for y in ys],
        "probe": [p.tolist() for p in probes],
        "grads": {"x": [g.tolist() for g in by_x],
                  "weights": {name: g.tolist() for name, g in by_weight.items() if g is not None}},
        "statistics": {name: s.tolist() for name, s in statistics.items()},
    }


def sequences(size, lengths=(4, 1, 7, 3)):
    return [rand(length, size) for length in lengths]


def each(f):
    return lambda xs, w: ([f(x, w) for x in xs], {})


def normalisation_cases():
    n = 3
    affine = lambda: {"weight": rand(n), "bias": rand(n)}  # noqa: E731
    vectors = [rand(n) for _ in range(5)]

    def layer_norm(epsilon):
        return each(lambda x, w: F.layer_norm(x, (n,), w["weight"], w["bias"], epsilon))

    def batch_norm(momentum, epsilon, training):
        def run(xs, w):
            rows = torch.cat([x.reshape(-1, n) for x in xs])
            mean, var = w["running_mean"].detach().clone(), w["running_var"].detach().clone()
            y = F.batch_norm(rows, mean, var, w["weight"], w["bias"], training, momentum, epsilon)
            parts = y.split([x.numel() // n for x in xs])
            found = {"running_mean": mean, "running_var": var} if training else {}
            return [part.reshape(x.shape) for part, x in zip(parts, xs)], found
        return run

    running = lambda: {**affine(), "running_mean": rand(n), "running_var": rand(n).abs() + 0.2}  # noqa: E731
    norm = {"type": "batchNorm", "momentum": 0.1, "epsilon": 1e-5}
    other = {"type": "batchNorm", "momentum": 0.3, "epsilon": 1e-3}
    return [
        case({"type": "layerNorm", "epsilon": 1e-5}, sequences(n), affine(), layer_norm(1e-5)),
        case({"type": "layerNorm", "epsilon": 0.01}, vectors, affine(), layer_norm(0.01), training=True),
        case(norm, sequences(n), running(), batch_norm(0.1, 1e-5, True), training=True),
        case(other, vectors, running(), batch_norm(0.3, 1e-3, True), training=True),
        case(other, sequences(n), running(), batch_norm(0.3, 1e-3, False)),
    ]


def same_padding(length, size, strides, dilation):
    """TensorFlow's, whose zeros depend on the length; PyTorch has it for strides of 1, and is asked there."""
    span = (size - 1) * dilation + 1
    missing = max(0, (-(-length // strides) - 1) * strides + span - length)
    return missing // 2, missing - missing // 2


def convolution_cases():
    n, filters = 2, 3
    activations = {"linear": lambda y: y, "relu": torch.relu, "tanh": torch.tanh}

    def convolved(size, strides, dilation, padding, activation):
        def run(x, w):
            weight = w["weight"].transpose(1, 2)  # [F,K,I] here, [F,I,K] there
            span = (size - 1) * dilation + 1
            channels = x.t()[None]
            if padding == "same" and strides == 1:
                y = F.conv1d(channels, weight, w["bias"], padding="same", dilation=dilation)
            else:
                around = {"valid": (0, 0), "causal": (span - 1, 0),
                          "same": same_padding(len(x), size, strides, dilation)}[padding]
                channels = F.pad(channels, around)
                if channels.shape[2] < span:
                    return x.new_zeros(0, filters)
                y = F.conv1d(channels, weight, w["bias"], stride=strides, dilation=dilation)
            return activations[activation](y)[0].t()
        return each(run)

    def pooled(kind, size, strides, padding):
        def run(x, _):
            around = same_padding(len(x), size, strides, 1) if padding == "same" else (0, 0)
            if len(x) + sum(around) < size:
                return x.new_zeros(0, n)
            if kind == "maxPool1d":
                return F.max_pool1d(F.pad(x.t()[None], around, value=-torch.inf), size, strides)[0].t()
            pool = lambda values: F.avg_pool1d(F.pad(values, around), size, strides)  # noqa: E731
            # Over what is there alone: the mean of the numbers over the mean of ones.
            return (pool(x.t()[None]) / pool(torch.ones(1, n, len(x))))[0].t()
        return each(run)

    cases = []
    for size, strides, dilation, padding, activation in [
        (3, 1, 1, "valid", "linear"), (3, 2, 1, "valid", "relu"), (2, 1, 3, "valid", "linear"),
        (3, 1, 1, "same", "tanh"), (4, 1, 2, "same", "linear"), (4, 3, 1, "same", "linear"), (2, 2, 2, "same", "linear"),
        (3, 1, 1, "causal", "linear"), (3, 1, 2, "causal", "relu"), (3, 2, 2, "causal", "linear"),
        (1, 1, 1, "valid", "linear"),
    ]:
        config = {"type": "conv1d", "filters": filters, "kernelSize": size, "strides": strides,
                  "dilation": dilation, "padding": padding, "activation": activation}
        weights = {"weight": rand(filters, size, n), "bias": rand(filters)}
        cases.append(case(config, sequences(n), weights, convolved(size, strides, dilation, padding, activation)))
    for kind in ("maxPool1d", "averagePool1d"):
        for size, strides, padding in [(2, 2, "valid"), (3, 1, "valid"), (2, 3, "valid"), (3, 1, "same"), (3, 2, "same")]:
            config = {"type": kind, "poolSize": size, "strides": strides, "padding": padding}
            cases.append(case(config, sequences(n), {}, pooled(kind, size, strides, padding)))
    return cases


def step_cases():
    n = 2
    identity = {"type": "reverse"}
    return [
        case(identity, sequences(n), {}, each(lambda x, _: x.flip(0))),
        case({"type": "lastStates", "k": 3}, sequences(n), {}, each(lambda x, _: x[-3:])),
        case({"type": "lastStates", "k": 20}, sequences(n), {}, each(lambda x, _: x[-20:])),
        case({"type": "repeatVector", "n": 3}, [rand(n) for _ in range(4)], {}, each(lambda x, _: x.expand(3, n))),
    ]


def combinator_cases():
    n = 3
    dense = lambda units, activation="linear": {"type": "dense", "units": units, "activation": activation}  # noqa: E731
    norm = {"type": "layerNorm", "epsilon": 0.1}
    conv = {"type": "conv1d", "filters": 3, "kernelSize": 2, "strides": 1, "dilation": 1, "padding": "causal",
            "activation": "relu"}

    def causal(x, w, at):
        channels = F.pad(x.t()[None], (1, 0))
        return torch.relu(F.conv1d(channels, w[at + "weight"].transpose(1, 2), w[at + "bias"]))[0].t()

    def linear(x, w, at):
        return F.linear(x, w[at + "weight"], w[at + "bias"])

    residual = {"0.weight": rand(n), "0.bias": rand(n), "1.weight": rand(3, 2, n), "1.bias": rand(3),
                "2.weight": rand(n, 3), "2.bias": rand(n)}

    def of_residual(x, w):
        y = F.layer_norm(x, (n,), w["0.weight"], w["0.bias"], 0.1)
        return x + torch.tanh(linear(causal(y, w, "1."), w, "2."))

    branches = {"0.0.weight": rand(4, n), "0.0.bias": rand(4), "2.0.weight": rand(3, 2, n), "2.0.bias": rand(3),
                "2.1.weight": rand(2, 3), "2.1.bias": rand(2)}

    def side_by_side(x, w):
        return torch.cat([torch.tanh(linear(x, w, "0.0.")), x, linear(causal(x, w, "2.0."), w, "2.1.")], -1)

    pooled = {"0.0.weight": rand(3, 2, n), "0.0.bias": rand(3), "1.0.weight": rand(2, n), "1.0.bias": rand(2)}
    max_config = {"type": "pooling", "over": "max"}
    mean_config = {"type": "pooling", "over": "mean"}

    def vectors(x, w):
        return torch.cat([causal(x, w, "0.0.").max(0).values, linear(x, w, "1.0.").mean(0)])

    return [
        case({"type": "residual", "layers": [norm, conv, dense(n, "tanh")]}, sequences(n), residual, each(of_residual)),
        case({"type": "residual", "layers": [dense(n)]}, [rand(n) for _ in range(4)],
             {"0.weight": rand(n, n), "0.bias": rand(n)}, each(lambda x, w: x + linear(x, w, "0."))),
        case({"type": "concatenate", "branches": [[dense(4, "tanh")], [], [conv, dense(2)]]}, sequences(n), branches,
             each(side_by_side)),
        case({"type": "concatenate", "branches": [[conv, max_config], [dense(2), mean_config]]}, sequences(n), pooled,
             each(vectors)),
    ]


def attention_cases():
    n, units = 3, 4
    softmax = lambda s: torch.softmax(s, 0)  # noqa: E731

    def additive(x, w):
        return softmax((torch.tanh(F.linear(x, w["weight"], w["bias"])) @ w["score"][0]))

    def dot(x, w):
        return softmax(x @ w["query"][0] / n ** 0.5)

    weights = {"weight": rand(units, n), "bias": rand(units), "score": rand(1, units)}
    query = {"query": rand(1, n)}
    return [
        case({"type": "attention", "kind": "additive", "units": units}, sequences(n), weights,
             each(lambda x, w: additive(x, w) @ x)),
        case({"type": "attention", "kind": "dot"}, sequences(n), query, each(lambda x, w: dot(x, w) @ x)),
        case({"type": "attention", "kind": "dot", "returnWeights": True}, sequences(n), query,
             each(lambda x, w: dot(x, w)[:, None])),
        case({"type": "timeDistributed", "layer": {"type": "dense", "units": 2, "activation": "tanh"}}, sequences(n),
             {"weight": rand(2, n), "bias": rand(2)}, each(lambda x, w: torch.tanh(F.linear(x, w["weight"], w["bias"])))),
    ]


ADAPTIVE = [
    {"type": "adaptiveSoftmax", "units": 9, "cutoffs": [3, 5], "divValue": 2, "headBias": False},
    {"type": "adaptiveSoftmax", "units": 7, "cutoffs": [4], "divValue": 4, "headBias": True},
]
SIZE = 5


def adaptive(config):
    """The module, and weights for it by its own names."""
    module = torch.nn.AdaptiveLogSoftmaxWithLoss(
        SIZE, config["units"], config["cutoffs"], div_value=config["divValue"], head_bias=config["headBias"])
    return module, {name: rand(*w.shape) for name, w in module.named_parameters()}


def call(module, weights, method, *args):
    module.forward = getattr(type(module), method).__get__(module)
    return functional_call(module, weights, args)


def softmax_cases():
    cases = []
    for config in ADAPTIVE:
        module, weights = adaptive(config)
        log_prob = each(lambda x, w, m=module: call(m, w, "log_prob", x))
        cases.append(case(config, sequences(SIZE), weights, log_prob))
    return cases


def class_loss_cases():
    """What a last layer gives for rows and their classes: the mean loss, and its gradients."""
    cases = []
    for config in ADAPTIVE:
        module, weights = adaptive(config)
        # Every cluster but one, so that one has no rows.
        classes = [0, 6, 2, 6, 1, 5, 0]
        x = rand(len(classes), SIZE).requires_grad_()
        weights = {name: w.requires_grad_() for name, w in weights.items()}
        loss = call(module, weights, "_forward", x, torch.tensor(classes)).loss
        by_x, *by_weight = torch.autograd.grad(loss, [x, *weights.values()], allow_unused=True)
        grads = {name: (torch.zeros_like(w) if g is None else g).tolist()
                 for (name, w), g in zip(weights.items(), by_weight)}
        cases.append({"config": config, "weights": {name: w.tolist() for name, w in weights.items()}, "x": x.tolist(),
                      "classes": classes, "loss": loss.item(), "grads": {"x": by_x.tolist(), "weights": grads}})
    return cases


def write(name, cases):
    with open(os.path.join(sys.argv[1], name), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n")


if __name__ == "__main__":
    torch.nn.AdaptiveLogSoftmaxWithLoss._forward = torch.nn.AdaptiveLogSoftmaxWithLoss.forward
    cases = normalisation_cases() + convolution_cases() + step_cases() + combinator_cases() + attention_cases()
    write("layers.json", cases + softmax_cases())
    write("class-losses.json", class_loss_cases())
