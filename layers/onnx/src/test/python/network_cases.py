"""Records small networks of PyTorch, exported to ONNX, with what ONNX Runtime makes of them.

    python3 network_cases.py DIRECTORY|FILE.gz

Needs torch, onnx and onnxruntime.
"""

import io
import sys
import warnings

import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

import recording

warnings.filterwarnings("ignore")


class Residual(nn.Module):
    """A branch with squeeze and excitation, as in MobileNetV3 and EfficientNet."""

    def __init__(self, act, gate):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.fc1 = nn.Conv2d(8, 2, 1)
        self.fc2 = nn.Conv2d(2, 8, 1)
        self.conv3 = nn.Conv2d(8, 4, 1)
        self.act, self.gate = act, gate

    def forward(self, x):
        y = self.act(self.bn1(self.conv1(x)))
        y = self.act(self.bn2(self.conv2(y)))
        s = F.relu(self.fc1(F.adaptive_avg_pool2d(y, 1)))
        return x + self.conv3(y * self.gate(self.fc2(s)))


class ByHand(nn.Module):
    """Activations written out, as old exporters do."""

    def forward(self, x):
        hard = x * (torch.clamp(x + 3, 0, 6) / 6)
        sigmoid = torch.clamp(x + 3, 0, 6) / 6
        gelu = x * 0.5 * (1 + torch.erf(x / 2**0.5))
        tanh = 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))
        mish = x * torch.tanh(F.softplus(x))
        return torch.cat([hard, sigmoid, gelu, tanh, mish], 1)


class Shuffle(nn.Module):
    """ShuffleNetV2's unit."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        for _ in range(2):
            a, b = x.chunk(2, dim=1)
            x = torch.cat([a, self.conv2(F.relu(self.conv1(b)))], 1)
            n, c, h, w = x.size()
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        return self.head(x.mean([2, 3]))


class ChannelsLast(nn.Module):
    """ConvNeXt's block."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.norm = nn.LayerNorm(4, eps=1e-6)
        self.up = nn.Linear(4, 8)
        self.down = nn.Linear(8, 4)
        self.scale = nn.Parameter(torch.rand(4, 1, 1))

    def forward(self, x):
        y = self.norm(self.conv(x).permute(0, 2, 3, 1))
        y = self.down(F.gelu(self.up(y))).permute(0, 3, 1, 2)
        return x + self.scale * y


class Dense(nn.Module):
    """DenseNet's block, then a classifier on a flattened map."""

    def __init__(self):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(7), nn.Conv2d(7, 4, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm1d(11 * 2 * 3)
        self.fc1, self.fc2 = nn.Linear(11 * 2 * 3, 8), nn.Linear(8, 5)

    def forward(self, x):
        x = torch.cat([x, self.conv1(F.relu(self.bn1(x)))], 1)
        x = torch.cat([x, self.conv2(F.relu(self.bn2(x)))], 1)
        x = torch.flatten(F.avg_pool2d(x, 2), 1)
        return F.log_softmax(self.fc2(F.dropout(F.prelu(self.fc1(self.bn3(x)), torch.full((1,), 0.2)), 0.5, self.training)), 1)


class Inception(nn.Module):
    """GoogLeNet's branches, its input and its poolings."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 5, padding=3, stride=2)

    def forward(self, x):
        r = x[:, 0].unsqueeze(1) * (0.229 / 0.5) + (0.485 - 0.5) / 0.5
        g = x[:, 1].unsqueeze(1) * (0.224 / 0.5) + (0.456 - 0.5) / 0.5
        b = x[:, 2].unsqueeze(1) * (0.225 / 0.5) + (0.406 - 0.5) / 0.5
        x = torch.cat([r, g, b], 1)
        a = F.max_pool2d(self.a(x), 3, 2, padding=1, ceil_mode=True)
        x = torch.cat([a, self.b(x)], 1)
        return F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False)


class Decoder(nn.Module):
    """What enlarges maps."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.instance = nn.InstanceNorm2d(3, affine=True)

    def forward(self, x):
        y = F.pixel_shuffle(F.leaky_relu(self.conv(self.instance(x)), 0.1), 2)
        y = F.elu(self.norm(self.up(y)))
        y = F.interpolate(y, size=(9, 11), mode="bilinear", align_corners=False)
        y = F.interpolate(y, scale_factor=2, mode="nearest")
        y = F.pad(y, (1, 2, 3, 4), mode="reflect")
        return torch.sigmoid(y[:, :, 1:-1, ::2])


class Sequence(nn.Module):
    """Convolutions of one dimension, and attention."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, padding=1, stride=2)
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        x = F.max_pool1d(F.hardtanh(self.conv(x)), 2).transpose(1, 2)
        attention = torch.softmax(self.q(x) @ self.k(x).transpose(1, 2) * 0.5, -1)
        return (attention @ self.v(x)).amax(1)


CASES = {
    # name: network, shape of an image, version of the operators
    "mobile-hardswish": (lambda: Residual(F.hardswish, F.hardsigmoid), (4, 5, 6), 17),
    "mobile-silu": (lambda: Residual(F.silu, torch.sigmoid), (4, 5, 6), 13),
    "mobile-relu6": (lambda: Residual(F.relu6, torch.sigmoid), (4, 5, 6), 9),
    "by-hand": (ByHand, (2, 3, 4), 17),
    "shuffle": (Shuffle, (8, 3, 4), 17),
    "shuffle-9": (Shuffle, (8, 3, 4), 9),
    "channels-last": (ChannelsLast, (4, 3, 5), 17),
    "channels-last-13": (ChannelsLast, (4, 3, 5), 13),
    "channels-last-20": (ChannelsLast, (4, 3, 5), 20),
    "dense": (Dense, (3, 4, 6), 17),
    "inception": (Inception, (3, 8, 8), 17),
    "inception-10": (Inception, (3, 8, 8), 10),
    "decoder": (Decoder, (3, 6, 4), 17),
    "decoder-11": (Decoder, (3, 6, 4), 11),
    "sequence": (Sequence, (3, 16), 17),
}


def record(name, make, shape, version):
    torch.manual_seed(1)
    network = make().eval()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    x = torch.randn(3, *shape)
    file = io.BytesIO()
    keep = torch.onnx.TrainingMode.PRESERVE if name == "dense" else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(
        network,
        (x[:1],),
        file,
        opset_version=version,
        dynamo=False,
        training=keep,
        do_constant_folding=name != "dense",
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "n"}, "output": {0: "n"}},
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(file.getvalue(), options, ["CPUExecutionProvider"])
    y = session.run(None, {"input": x.numpy()})[0]
    assert np.abs(y - network(x).detach().numpy()).max() < 1e-5
    return recording.case(file.getvalue(), x.numpy(), y, "1e-4\n")


recorded = {name: record(name, *case) for name, case in CASES.items()}
recording.write(sys.argv[1], recorded)
for name, case in sorted(recorded.items()):
    print(name, list(map(len, case)))
