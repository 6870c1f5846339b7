/** The equations of docs/backprop.md, by the kind of a layer. A test holds them to that document. */

export const EQUATIONS = {
  conv2d: {
    forward: [
      'y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n,iy,ix,c] * weight[ky,kx,c,oc]',
      'iy = oy*s - p + ky*d        ix = ox*s - p + kx*d',
    ],
    weight: ['dWeight[ky,kx,c,oc] += sum over n,oy,ox of x[n,iy,ix,c] * dy[n,oy,ox,oc]'],
    bias: ['dBias[oc]           += sum over n,oy,ox of dy[n,oy,ox,oc]'],
    data: ['dx[n,iy,ix,c] = sum over ky,kx,oc of dy[n,oy,ox,oc] * weight[ky,kx,c,oc]'],
  },
  dense: {
    forward: ['y[n,o] = bias[o] + sum over i of x[n,i] * weight[o,i]'],
    weight: ['dWeight[o,i] += sum over n of dy[n,o] * x[n,i]'],
    bias: ['dBias[o]     += sum over n of dy[n,o]'],
    data: ['dx[n,i]       = sum over o of dy[n,o] * weight[o,i]'],
  },
  max_pool2d: {
    forward: ['y[n,oy,ox,c] = max over the window of x[n,iy,ix,c]'],
    data: ['dx = 0, then   dx[n, argmax(oy,ox,c), c] += dy[n,oy,ox,c]'],
  },
  avg_pool2d: {
    forward: ['y = sum over the window of x / k'],
    data: ['dx = 0, then dx[pixel] += dy / k for each window and pixel'],
  },
  batch_norm2d: {
    forward: [
      'mean = sum of x / n        var = sum of (x - mean)^2 / n        s = 1 / sqrt(var + eps)',
      'h    = (x - mean) * s      y   = weight * h + bias',
    ],
    data: ['dx = s * (dh - mean of dh - h * mean of (dh * h))'],
  },
  relu: {forward: ['max(x, 0)'], data: ['y <= 0 ? 0 : dy']},
  relu6: {forward: ['min(max(x, 0), 6)'], data: ['1 where 0 < y < 6, else 0']},
  leaky_relu: {forward: ['x where x > 0, else a x'], data: ['1 where x > 0, else a']},
  sigmoid: {forward: ['s = 1 / (1 + exp(-x))'], data: ['y (1 - y)']},
  tanh: {forward: ['tanh(x)'], data: ['1 - y^2']},
  flatten: {forward: ['y = x'], data: ['dx = dy']},
  dropout: {forward: [], data: ['dx = dy * m']},
  add: {forward: ['y = a + b'], data: ['da = dy']},
  multiply: {forward: ['y = a * b'], data: ['da = dy * b']},
};

export const LOSS = [
  'p[j] = exp(z[j]) / S          S = sum over k of exp(z[k])',
  'loss = -log p[label] = log S - z[label]',
];

export const LOGITS = ['dz[j] = p[j] - onehot(label)[j]'];

export const UPDATE = ['value -= learningRate * grad'];

/** Such as `y = max(x, 0)`; slopes and bare functions get what stands in front of them. */
const whole = (line, front) => (/^[\w[\],]+ *(\+?=)/.test(line) ? line : front + line);

export function forwardText(kind) {
  return (EQUATIONS[kind]?.forward ?? []).map((line) => whole(line, 'y = ')).join('\n');
}

export function backText(kind, part) {
  const lines = EQUATIONS[kind]?.[part] ?? [];
  const front = kind === 'relu' ? 'dx = ' : 'dx = dy * slope, slope: ';
  return lines.map((line) => whole(line, front)).join('\n');
}
