#!/usr/bin/env python3
"""Writes down what torch.optim makes of parameters, for the tests to hold Lanewise against.

A case of an optimizer is fifty steps along gradients that are drawn beforehand, of very different
sizes. Its safetensors file holds, for each parameter NAME, "start.NAME", the gradients of each step
"gradients.NAME", and, computed in double precision, the parameter after each step "values.NAME" and
what the optimizer remembers after the last one, "SLOT.NAME"; and the learning rate and the momentum
of each step. Filters lie as in Lanewise's memory, [KH, KW, C, OC]. Metadata hold the options and
the PyTorch version.

What PyTorch does not have is written out here: Lion (Chen and others, 2023, as the authors publish
it) and the Muon of airbench94_muon.py (Jordan, 2024). PyTorch's Muon iterates in bfloat16; here it
does so in double precision, by the same code.

Further files hold averages of weights (torch.optim.swa_utils) and the rates of schedules
(torch.optim.lr_scheduler).

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.optim import lr_scheduler, swa_utils

STEPS = 50
SIZE = 24
AVERAGED = 6


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (beta1, beta2) = group["lr"], group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                p.mul_(1 - lr * group["weight_decay"])
                p.add_(torch.sign(beta1 * m + (1 - beta1) * p.grad), alpha=-lr)
                m.mul_(beta2).add_(p.grad, alpha=1 - beta2)


class AirbenchMuon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.6, nesterov=True):
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))

    @staticmethod
    def zeropower(G, steps=3, eps=1e-7):
        a, b, c = (3.4445, -4.7750, 2.0315)
        X = G / (G.norm() + eps)
        if G.size(0) > G.size(1):
            X = X.T
        for _ in range(steps):
            A = X @ X.T
            B = b * A + c * A @ A
            X = a * X + B @ X
        return X.T if G.size(0) > G.size(1) else X

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, momentum = group["lr"], group["momentum"]
            for p in group["params"]:
                g = p.grad
                buf = self.state[p].setdefault("unscaled_buffer", torch.zeros_like(g))
                buf.mul_(momentum).add_(g)
                g = g.add(buf, alpha=momentum) if group["nesterov"] else buf
                p.mul_(len(p) ** 0.5 / p.norm())
                p.add_(self.zeropower(g.reshape(len(g), -1)).view(g.shape), alpha=-lr)


VECTOR = {"0.weight": (SIZE,)}
SEVERAL = {"0.weight": (2, 6), "0.bias": (6,), "1.weight": (2, 2), "1.bias": (2,)}
WIDE = {"0.weight": (4, 6)}
TALL = {"0.weight": (6, 4)}
FILTERS = {"0.weight": (3, 2, 2, 2)}  # [OC, C, KH, KW]
TALL_FILTERS = {"0.weight": (6, 1, 2, 2)}

SGD, ADAM, ADAMW, RMS, MUON = (
    getattr(torch.optim, name) for name in ("SGD", "Adam", "AdamW", "RMSprop", "Muon")
)
CASES = {
    "sgd": (SGD, dict(lr=1e-2), VECTOR),
    "sgd-decay": (SGD, dict(lr=1e-2, weight_decay=0.1), VECTOR),
    "sgd-momentum": (SGD, dict(lr=1e-2, momentum=0.9), VECTOR),
    "sgd-dampening": (
        SGD,
        dict(lr=1e-2, momentum=0.9, dampening=0.3, weight_decay=1e-2),
        VECTOR,
    ),
    "sgd-nesterov": (
        SGD,
        dict(lr=1e-2, momentum=0.9, nesterov=True, weight_decay=5e-4),
        VECTOR,
    ),
    "adam": (ADAM, dict(lr=1e-3), VECTOR),
    "adam-short-memory": (ADAM, dict(lr=1e-2, betas=(0.7, 0.9)), VECTOR),
    "adam-decay": (ADAM, dict(lr=1e-3, weight_decay=1e-2), VECTOR),
    "adam-large-eps": (
        ADAM,
        dict(lr=1e-1, betas=(0.0, 0.99), eps=1e-2, weight_decay=0.1),
        VECTOR,
    ),
    "adamw": (ADAMW, dict(lr=1e-3), VECTOR),
    "adamw-strong-decay": (
        ADAMW,
        dict(lr=1e-2, betas=(0.8, 0.95), weight_decay=0.5),
        VECTOR,
    ),
    "rmsprop": (RMS, dict(lr=1e-3), VECTOR),
    "rmsprop-momentum": (
        RMS,
        dict(lr=1e-3, alpha=0.9, momentum=0.9, weight_decay=1e-2),
        VECTOR,
    ),
    "rmsprop-centered": (RMS, dict(lr=1e-3, alpha=0.9, centered=True), VECTOR),
    "rmsprop-all": (
        RMS,
        dict(lr=1e-3, alpha=0.95, momentum=0.5, centered=True, weight_decay=0.1),
        VECTOR,
    ),
    "lion": (Lion, dict(lr=1e-3), VECTOR),
    "lion-decay": (Lion, dict(lr=1e-3, betas=(0.8, 0.95), weight_decay=0.3), VECTOR),
    "muon": (MUON, dict(lr=1e-2), WIDE),
    "muon-tall": (
        MUON,
        dict(lr=1e-2, momentum=0.8, nesterov=False, weight_decay=0.0),
        TALL,
    ),
    "muon-adamw": (MUON, dict(lr=1e-2, ns_steps=3, adjust_lr_fn="match_rms_adamw"), TALL),
    "muon-airbench": (AirbenchMuon, dict(lr=0.24), FILTERS),
    "muon-airbench-tall": (AirbenchMuon, dict(lr=0.24), TALL_FILTERS),
    "one-cycle-sgd": (SGD, dict(lr=1e-2, momentum=0.9, nesterov=True), VECTOR),
    "one-cycle-adam": (ADAM, dict(lr=1e-2), VECTOR),
    "clip-norm": (SGD, dict(lr=1e-2, momentum=0.9), SEVERAL),
    "clip-value": (SGD, dict(lr=1e-2, momentum=0.9), SEVERAL),
    "groups": (ADAMW, dict(lr=1e-2), SEVERAL),
}


def rounded(value):
    return torch.tensor(value, dtype=torch.float32).item()


def sizes(shape):
    return 10.0 ** torch.linspace(-9, 3, SIZE) if shape == (SIZE,) else torch.ones(shape)


def memory(tensor):
    """[..., OC, C, KH, KW] as Lanewise has it: [..., KH, KW, C, OC]."""
    dims = tensor.dim()
    if dims < 4:
        return tensor
    order = [*range(dims - 4), dims - 2, dims - 1, dims - 3, dims - 4]
    return tensor.permute(order).contiguous()


def optimizer_case(folder, name, kind, options, shapes):
    torch.manual_seed(1)
    tensors, parameters, gradients = {}, {}, {}
    for each, shape in shapes.items():
        start = torch.randn(shape)
        drawn = torch.randn(STEPS, *shape) * sizes(shape)
        if shape == (SIZE,):
            drawn[:, 0] = 0
            drawn[1:, 1] = 0
        tensors[f"start.{each}"] = memory(start)
        tensors[f"gradients.{each}"] = torch.stack([memory(g) for g in drawn])
        parameters[each] = start.double().requires_grad_()
        gradients[each] = drawn.double()
    options = {**options, "lr": rounded(options["lr"])}
    groups = list(parameters.values())
    if name == "groups":
        vectors = [p for p in groups if p.dim() == 1]
        groups = [
            dict(params=vectors, weight_decay=0.0, lr=rounded(3.0) * options["lr"]),
            dict(params=[p for p in groups if p.dim() > 1]),
        ]
    optimizer = kind(groups, **options)
    cycle = None
    if name.startswith("one-cycle"):
        cycle = lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=STEPS)
    rates, momenta = [], []
    values = {each: [] for each in parameters}
    for step in range(STEPS):
        for each, parameter in parameters.items():
            parameter.grad = gradients[each][step].clone()
        if name == "clip-norm":
            torch.nn.utils.clip_grad_norm_(parameters.values(), 4.0)
        if name == "clip-value":
            torch.nn.utils.clip_grad_value_(parameters.values(), 0.5)
        group = optimizer.param_groups[-1]
        if cycle is not None:  # both as the floats that Lanewise has
            group["lr"] = rounded(group["lr"])
            if "betas" in group:
                group["betas"] = (rounded(group["betas"][0]), group["betas"][1])
            else:
                group["momentum"] = rounded(group["momentum"])
        rates.append(group["lr"])
        momenta.append(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))
        optimizer.step()
        if cycle is not None and step < STEPS - 1:
            cycle.step()
        for each, parameter in parameters.items():
            values[each].append(memory(parameter.detach().clone()))
    for each, parameter in parameters.items():
        tensors[f"values.{each}"] = torch.stack(values[each]).float()
        for slot, tensor in optimizer.state[parameter].items():
            if torch.is_tensor(tensor) and tensor.shape == parameter.shape:
                tensors[f"{slot}.{each}"] = memory(tensor).float().contiguous()
    tensors["rates"] = torch.tensor(rates)
    tensors["momenta"] = torch.tensor(momenta)
    metadata = {"options": repr(options), "pytorch": torch.__version__}
    save_file(tensors, folder / f"{name}.safetensors", metadata)


def averages(folder):
    """Weights and a buffer that wander about, and their averages after each step."""
    torch.manual_seed(2)
    walk = {
        "weight": torch.randn(STEPS, AVERAGED).cumsum(0),
        "running_mean": torch.randn(STEPS, AVERAGED).cumsum(0),
    }
    tensors = dict(walk)
    for name, function, use_buffers in (
        ("exponential", swa_utils.get_ema_multi_avg_fn(0.9), False),
        ("exponential-buffers", swa_utils.get_ema_multi_avg_fn(0.9), True),
        ("equal", None, False),
        ("equal-buffers", None, True),
    ):
        model = torch.nn.BatchNorm1d(AVERAGED).double()
        average = swa_utils.AveragedModel(model, multi_avg_fn=function, use_buffers=use_buffers)
        for which in walk:
            tensors[f"{name}.{which}"] = torch.empty(STEPS, AVERAGED)
        for step in range(STEPS):
            model.weight.data.copy_(walk["weight"][step])
            model.running_mean.copy_(walk["running_mean"][step])
            average.update_parameters(model)
            tensors[f"{name}.weight"][step] = average.module.weight.detach()
            tensors[f"{name}.running_mean"][step] = average.module.running_mean
    rising = torch.empty(STEPS, AVERAGED)  # An and others, 2020: min(decay, (1 + n) / (10 + n))
    average = walk["weight"][0].double()
    for step in range(STEPS):
        if step > 0:
            decay = min(0.9, (1 + step) / (10 + step))
            average = decay * average + (1 - decay) * walk["weight"][step].double()
        rising[step] = average
    tensors["rising.weight"] = rising
    save_file(tensors, folder / "averages.safetensors", {"pytorch": torch.__version__})


def schedules(folder):
    def rates(steps, make, lr=0.1):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
        scheduler = make(optimizer)
        rows = []
        for step in range(steps):
            group = optimizer.param_groups[0]
            rows.append((group["lr"], group["momentum"]))
            optimizer.step()
            if step < steps - 1:
                scheduler.step()
        return torch.tensor(rows, dtype=torch.float64)

    tensors = {}
    for name, steps, make in (
        ("step", 40, lambda o: lr_scheduler.StepLR(o, 7, 0.3)),
        ("multi-step", 40, lambda o: lr_scheduler.MultiStepLR(o, [5, 6, 20], 0.2)),
        ("exponential", 40, lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
        ("polynomial", 31, lambda o: lr_scheduler.PolynomialLR(o, 30, 2.5)),
        ("linear", 31, lambda o: lr_scheduler.PolynomialLR(o, 30)),
        ("cosine", 31, lambda o: lr_scheduler.CosineAnnealingLR(o, 30, 0.01)),
        ("restarts", 80, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 9, 2, 0.01)),
        ("restarts-even", 40, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 9)),
        (
            "warm-up",
            40,
            lambda o: lr_scheduler.SequentialLR(
                o,
                [lr_scheduler.LinearLR(o, 0.25, 1, 8), lr_scheduler.StepLR(o, 7, 0.3)],
                [8],
            ),
        ),
        ("one-cycle", 40, lambda o: lr_scheduler.OneCycleLR(o, 0.3, 40)),
        (
            "one-cycle-linear",
            33,
            lambda o: lr_scheduler.OneCycleLR(
                o, 0.3, 33, pct_start=0.45, anneal_strategy="linear",
                base_momentum=0.5, max_momentum=0.8, div_factor=10.0, final_div_factor=100.0,
            ),
        ),
        ("one-cycle-short", 3, lambda o: lr_scheduler.OneCycleLR(o, 0.3, 3)),
    ):
        both = rates(steps, make)
        tensors[f"{name}.rate"] = both[:, 0].float()
        if name.startswith("one-cycle"):
            tensors[f"{name}.momentum"] = both[:, 1].float()

    torch.manual_seed(3)
    losses = 1 / torch.arange(1, 61) + 0.05 * torch.rand(60)
    tensors["plateau.loss"] = losses
    for name, options in (
        ("plateau", dict(factor=0.5, patience=2)),
        ("plateau-cooldown", dict(factor=0.5, patience=1, cooldown=4, threshold=0.1)),
        ("plateau-least", dict(factor=0.3, patience=0, min_lr=0.004)),
        ("plateau-small", dict(factor=1e-3, patience=0)),
    ):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rounded(0.1))
        scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        rates = []
        for loss in losses.double():
            scheduler.step(loss)
            rates.append(optimizer.param_groups[0]["lr"])
        tensors[f"{name}.rate"] = torch.tensor(rates)
    save_file(tensors, folder / "schedules.safetensors", {"pytorch": torch.__version__})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.Tensor.bfloat16 = torch.Tensor.clone  # see above
    for name, (kind, options, shapes) in CASES.items():
        optimizer_case(folder, name, kind, options, shapes)
    averages(folder)
    schedules(folder)


if __name__ == "__main__":
    main()
