"""The child's side of the line protocol, as in ../common/peer.mjs: see there."""
import json
import sys
import time

import torch

RATE = 0.25
UNTIMED, TIMED, WARM = 0.15, 0.3, 2.0


def serve(version, note, prepare):
    say({"version": version, "note": note})
    key, prepared, last = None, None, 0.0
    # readline, since iterating over stdin reads ahead.
    for line in iter(sys.stdin.readline, ""):
        line = line.strip()
        kind, work, *sizes = line.split(" ")
        try:
            if kind != "time":
                say(check(prepare(Task(work, *map(int, sizes), fixed=True)), work))
                continue
            if key != line:
                key, prepared = line, prepare(Task(work, *map(int, sizes), fixed=False))
                last = warm_up(prepared) if prepared else 0.0
            if not prepared:
                say({"unsupported": True})
                continue
            spent = 0.0
            while spent < UNTIMED and last < TIMED:
                last = timed(prepared)
                spent += last
            times = []
            while sum(times) < TIMED:
                last = timed(prepared)
                times.append(last)
            say({"times": [seconds * 1000 for seconds in times]})
        except Exception as error:  # the runner reports it, and goes on
            say({"error": repr(error)})


def say(answer):
    print(json.dumps(answer), flush=True)


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def warm_up(step):
    start, steps, last = time.perf_counter(), 0, 0.0
    while steps < 2 or time.perf_counter() - start < WARM:
        last = timed(step)
        steps += 1
    return last


def check(step, work):
    if not step:
        return {"unsupported": True}
    if work == "W1":
        y = step().double()
        return {"values": [y.mean().item(), (y * y).mean().item(), y.flatten()[-1].item()]}
    return {"values": [step() for _ in range(4)], "biases": 2}


class Task:
    """What is to be done, and the numbers to do it with."""

    def __init__(self, work, batch, time, input_size, hidden_size, fixed):
        self.work, self.batch, self.time = work, batch, time
        self.input_size, self.hidden_size = input_size, hidden_size
        self.cell = "gru" if work == "W3" else "lstm"
        self.trains = work != "W1"
        self.drops = work in ("W2", "W3")
        self.fixed = fixed
        rows = (3 if self.cell == "gru" else 4) * hidden_size
        bound = hidden_size**-0.5
        self.x = wave((time, batch, input_size), 1, 1)
        self.labels = torch.arange(batch) % 2
        self.weight_ih = wave((rows, input_size), 2, bound)
        self.weight_hh = wave((rows, hidden_size), 3, bound)
        self.bias_ih = wave((rows,), 4, bound)
        self.bias_hh = wave((rows,), 5, bound)
        self.weight = wave((2, hidden_size), 6, bound)
        self.bias = wave((2,), 7, bound)

    def masks(self):
        """A mask for x [B,I] and one for h [B,H], for all steps: factors, 0 or 1/(1-rate)."""
        return self.mask(self.input_size, 8), self.mask(self.hidden_size, 9)

    def mask(self, units, seed):
        shape = (self.batch, units)
        keeps = wave(shape, seed, 1) >= -0.7 if self.fixed else torch.rand(shape) >= RATE
        return keeps.float().div_(1 - RATE)


def wave(shape, seed, scale):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (torch.sin(torch.remainder(i * i, 9973) + seed) * scale).float().view(shape)
