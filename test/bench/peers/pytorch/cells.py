"""The loops over the steps, written by hand. They are plain functions, so that torch.jit.script can take them too."""
from typing import List, Optional

import torch
from torch import Tensor


def lstm(steps: Tensor, u: Tensor, bias: Tensor, mask: Optional[Tensor]) -> List[Tensor]:
    """h after each step, for the products with x [T,B,4H], which hold both biases already, and u [4H,H]."""
    ut = u.t()
    h = torch.zeros([steps.size(1), u.size(1)])
    c = h
    states: List[Tensor] = []
    # unbind, since the gradient of steps[t] would be as large as all steps.
    for a in steps.unbind(0):
        i, f, g, o = torch.addmm(a, h if mask is None else h * mask, ut).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return states


def gru(steps: Tensor, u: Tensor, bias: Tensor, mask: Optional[Tensor]) -> List[Tensor]:
    """h after each step, for the products with x [T,B,3H] and u [3H,H]; the reset gate after the product."""
    ut = u.t()
    units = u.size(1)
    h = torch.zeros([steps.size(1), units])
    states: List[Tensor] = []
    for step in steps.unbind(0):
        a, an = step.split([2 * units, units], 1)
        b, bn = torch.addmm(bias, h if mask is None else h * mask, ut).split([2 * units, units], 1)
        r, z = torch.sigmoid(a + b).chunk(2, 1)
        n = torch.tanh(torch.addcmul(an, r, bn))
        h = torch.lerp(n, h, z)
        states.append(h)
    return states
