/** A small line chart as SVG: a few curves over the same x, which may grow. */
import {number, svg} from './text.js';

const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 48;
const BOTTOM = 28;
const TOP = 8;
const MOST_POINTS = 400;

function ticks(low, high, wanted) {
  const raw = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((each) => each * power >= raw) * power;
  const list = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) list.push(at);
  return list;
}

/** As many points as can be told apart, each the mean of its neighbours. */
function thin(points) {
  if (points.length <= MOST_POINTS) return points;
  const size = points.length / MOST_POINTS;
  return Array.from({length: MOST_POINTS}, (_, i) => {
    const part = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    return [part[0][0], part.reduce((sum, [, y]) => sum + y, 0) / part.length];
  });
}

export class Chart {
  /** `format` writes the numbers at the axis. */
  constructor(title, format = (value) => number(value, 2)) {
    this.title = title;
    this.format = format;
    this.element = svg('svg', {class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title});
  }

  /**
   * Draws.
   *
   * @param curves each {points: [[x, y], ...], style, dots}
   * @param end the largest x
   * @param range lowest and highest y; of the points where it is missing
   */
  draw(curves, end, range) {
    const all = curves.flatMap((curve) => curve.points.map(([, y]) => y)).filter(Number.isFinite);
    const [low, high] = range ?? [0, Math.max(...all, 1e-6)];
    const x = (value) => LEFT + (value / end) * (WIDTH - LEFT - 8);
    const y = (value) => TOP + (1 - (Math.min(value, high) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
    const parts = [];
    for (const tick of ticks(low, high, 4)) {
      parts.push(svg('line', {class: 'axis', x1: LEFT, x2: WIDTH - 8, y1: y(tick), y2: y(tick)}));
      parts.push(svg('text', {x: LEFT - 8, y: y(tick) + 4, 'text-anchor': 'end'}, this.format(tick)));
    }
    for (const tick of ticks(0, end, 6)) {
      if (Number.isInteger(tick)) parts.push(svg('text', {x: x(tick), y: HEIGHT - 8, 'text-anchor': 'middle'}, String(tick)));
    }
    for (const {points, style, dots} of curves) {
      if (points.length === 0) continue;
      const line = thin(points).map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
      parts.push(svg('polyline', {class: `curve ${style ?? ''}`, points: line}));
      if (dots) for (const [px, py] of points) parts.push(svg('circle', {class: `dot ${style ?? ''}`, cx: x(px), cy: y(py), r: 3}));
    }
    this.element.replaceChildren(...parts);
    const last = curves[0]?.points.at(-1);
    this.element.setAttribute('aria-label', last ? `${this.title}: ${this.format(last[1])} after ${number(last[0], 3)} epochs` : this.title);
  }
}
