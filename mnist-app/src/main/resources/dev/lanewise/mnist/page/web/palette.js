/** Colours of numbers: positive ones in the accent, negative ones in ink, 0 is the ground. */

const STEPS = 256;
let table; // [-1..1] in 2 * STEPS + 1 steps, each a pixel
let inkTable; // [0..1]

const sample = document.createElement('canvas').getContext('2d', {willReadFrequently: true});

function colour(name) {
  sample.canvas.width = sample.canvas.height = 1;
  sample.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
  sample.fillRect(0, 0, 1, 1);
  return sample.getImageData(0, 0, 1, 1).data;
}

const pixel = (from, to, share) => {
  const mix = (i) => Math.round(from[i] + (to[i] - from[i]) * share);
  return (255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0);
};

function make() {
  const ground = colour('--surface');
  const accent = colour('--accent');
  const ink = colour('--ink');
  table = new Int32Array(2 * STEPS + 1);
  inkTable = new Int32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) {
    // A root, so that small values can be told from none.
    table[STEPS + i] = pixel(ground, accent, (i / STEPS) ** 0.7);
    table[STEPS - i] = pixel(ground, ink, (i / STEPS) ** 0.7 * 0.8);
    inkTable[i] = pixel(ground, ink, i / STEPS);
  }
}

make();
const listeners = [];
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  make();
  for (const listener of listeners) listener();
});

/** Calls back when the colours have changed. */
export function onColours(listener) {
  listeners.push(listener);
}

/** The pixel of a number, given the factor that makes the largest one 1. */
export function signed(value, factor) {
  const at = Math.round(value * factor * STEPS);
  return table[STEPS + (at > STEPS ? STEPS : at < -STEPS ? -STEPS : at)] ?? table[STEPS];
}

/** The pixel of an ink from 0 to 1. */
export function ink(value) {
  return inkTable[Math.max(0, Math.min(STEPS, Math.round(value * STEPS)))];
}

/** The largest size among numbers. */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > most) most = size;
  }
  return most;
}
