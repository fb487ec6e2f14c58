"""PyTorch: `python3 pytorch.py THREADS RATE FILE [FILE]`. It runs an epoch for each line that comes."""
import json
import os
import random
import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers/pytorch"))
import cells  # noqa: E402

POOL = 16

threads, rate = int(sys.argv[1]), float(sys.argv[2])
files = sys.argv[3:]
torch.set_num_threads(threads)
torch.manual_seed(1)
random.seed(1)


class Texts(nn.Module):
    """An embedding, an LSTM with or without masks on x and h, and a dense layer on the last state of each text."""

    def __init__(self, vocabulary, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 64)
        self.lstm = nn.LSTM(64, 64)
        self.dense = nn.Linear(64, classes)

    def forward(self, ids, lengths):
        x = self.embedding(ids)
        if rate == 0:
            y, _ = self.lstm(x)
        else:
            batch = ids.size(1)
            masks = [(torch.rand(batch, 64) >= rate).float().div_(1 - rate) for _ in range(2)]
            w, u, b, c = (getattr(self.lstm, f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            steps = torch.addmm(b + c, (x * masks[0]).flatten(0, 1), w.t()).view(ids.size(0), batch, -1)
            y = torch.stack(cells.lstm(steps, u, b, masks[1]))
        return self.dense(y[lengths - 1, torch.arange(ids.size(1))])


def texts(path):
    with open(path) as file:
        data = json.load(file)
    x = [torch.tensor(ids or [0]) for ids in data["x"]]
    y = torch.tensor(data["y"])

    def batches():
        """Samples of similar length together, as keepgate's lengthBuckets puts them."""
        order = random.sample(range(len(x)), len(x))
        pools = [sorted(order[i : i + 32 * POOL], key=lambda j: len(x[j])) for i in range(0, len(x), 32 * POOL)]
        found = [pool[i : i + 32] for pool in pools for i in range(0, len(pool), 32)]
        random.shuffle(found)
        for batch in found:
            lengths = torch.tensor([len(x[i]) for i in batch])
            yield (nn.utils.rnn.pad_sequence([x[i] for i in batch]), lengths), y[batch]

    return Texts(data["vocabulary"], data["classes"]), batches


def images(path, labels):
    y = torch.frombuffer(bytearray(open(labels, "rb").read()), dtype=torch.uint8).long()
    x = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.uint8).view(len(y), 784).float() / 255

    def batches():
        for chosen in torch.randperm(len(y)).split(128):
            yield (x[chosen],), y[chosen]

    dense = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)]
    return nn.Sequential(*dense), batches


model, batches = images(*files) if len(files) == 2 else texts(*files)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)


def epoch():
    total, hits, count = 0.0, 0, 0
    for inputs, wanted in batches():
        y = model(*inputs)
        loss = cross_entropy(y, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(wanted)
        hits += (y.argmax(1) == wanted).sum().item()
        count += len(wanted)
    return [total / count, hits / count]


print(json.dumps({"note": torch.__version__}), flush=True)
for _ in iter(sys.stdin.readline, ""):
    start = time.perf_counter()
    values = epoch()
    print(json.dumps({"times": [1000 * (time.perf_counter() - start)], "values": values}), flush=True)
