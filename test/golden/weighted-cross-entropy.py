"""Cross-entropies with weights by PyTorch, and scores by plain loops: golden values for test/unit/train.

Run: python3 test/golden/weighted-cross-entropy.py > test/golden/learned-from.json   (PyTorch 1.13)
"""
import json
import math

import torch

torch.manual_seed(5)
ROWS, CLASSES = 9, 4
logits = (torch.randn(ROWS, CLASSES, dtype=torch.float64) * 3).tolist()
targets = [0, 2, 1, -1, 3, 3, 0, -1, 3]
weight = [0.5, 2.0, 1.25, 0.1]
cases = []
for weights in (None, weight):
    for smoothing in (0.0, 0.1, 0.6):
        for ignore in (-1,):
            x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
            loss = torch.nn.CrossEntropyLoss(
                weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
                label_smoothing=smoothing,
                ignore_index=ignore,
            )(x, torch.tensor(targets))
            loss.backward()
            cases.append({"classWeight": weights, "labelSmoothing": smoothing, "loss": loss.item(), "grad": x.grad.tolist()})

# Of the same rows, those with a target: by the definitions, one example after the other.
kept = [(row, t) for row, t in zip(logits, targets) if t >= 0]
argmax = [max(range(CLASSES), key=lambda c: row[c]) for row, _ in kept]
actual = [t for _, t in kept]


def by_class(c):
    right = sum(1 for p, t in zip(argmax, actual) if p == t == c)
    predicted, of_class = argmax.count(c), actual.count(c)
    p = right / predicted if predicted else 0.0
    r = right / of_class if of_class else 0.0
    return right, predicted, of_class, p, r, 2 * p * r / (p + r) if p + r else 0.0


def softmax(row):
    top = max(row)
    e = [math.exp(v - top) for v in row]
    return [v / sum(e) for v in e]


table = [by_class(c) for c in range(CLASSES)]
seen = [row for row in table if row[1] + row[2] > 0]
n = len(kept)
scores = {}
for k, name in ((3, "precision"), (4, "recall"), (5, "f1")):
    scores[f"{name}-macro"] = sum(row[k] for row in seen) / len(seen)
    scores[f"{name}-weighted"] = sum(row[2] * row[k] for row in table) / n
    scores[f"{name}-micro"] = sum(row[0] for row in table) / n
    scores[f"{name}:3"] = table[3][k]
scores["accuracy"] = sum(p == t for p, t in zip(argmax, actual)) / n
for k in (1, 2, 3):
    scores[f"top-{k}"] = sum(t in sorted(range(CLASSES), key=lambda c: -row[c])[:k] for row, t in kept) / n
nats = sum(-math.log(softmax(row)[t]) for row, t in kept) / n
scores["perplexity"] = math.exp(nats)
scores["bits-per-character"] = nats / math.log(2)


def area(scored):
    yes = [s for s, y in scored if y]
    no = [s for s, y in scored if not y]
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in yes for b in no) / (len(yes) * len(no))


scores["auc"] = sum(area([(softmax(row)[c], t == c) for row, t in kept]) for c in range(CLASSES)) / CLASSES

values = [[1e6 + 3.0, 0.25], [1e6 - 1.5, -2.0], [1e6 + 0.5, 4.0], [1e6 + 2.0, 1.0], [1e6, 0.5]]
wanted = [[1e6 + 2.5, 1.0], [1e6 - 2.0, -1.0], [1e6 + 1.5, 3.5], [1e6 + 1.0, 1.25], [1e6 + 0.25, -0.5]]
errors = [p - t for ps, ts in zip(values, wanted) for p, t in zip(ps, ts)]


def determination(u):
    t = [row[u] for row in wanted]
    mean = sum(t) / len(t)
    return 1 - sum((p[u] - a) ** 2 for p, a in zip(values, t)) / sum((a - mean) ** 2 for a in t)


regression = {
    "values": values,
    "wanted": wanted,
    "scores": {
        "root-mean-squared-error": math.sqrt(sum(e * e for e in errors) / len(errors)),
        "mean-absolute-error": sum(map(abs, errors)) / len(errors),
        "r2": (determination(0) + determination(1)) / 2,
    },
}
print(json.dumps({"logits": logits, "targets": targets, "losses": cases, "scores": scores, "regression": regression}))
