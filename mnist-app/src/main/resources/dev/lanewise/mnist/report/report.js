'use strict';
(() => {
  const charts = JSON.parse(document.getElementById('data').textContent);
  const root = document.documentElement;
  const HEIGHT = 220;
  const PRINTED = 320;
  const NONE = '–';
  let plots = [];

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const number = (value) => {
    if (value == null) return NONE;
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(1);
    return value.toLocaleString('en', {maximumSignificantDigits: 4});
  };

  const axis = (values) => ({
    stroke: colour('--muted'),
    font: '12px system-ui, sans-serif',
    grid: {stroke: colour('--line'), width: 1},
    ticks: {stroke: colour('--line'), width: 1},
    ...values,
  });

  const curve = (each, i) => ({
    label: each.name,
    stroke: colour(`--curve-${i + 1}`),
    width: 1.75,
    dash: i === 1 ? [6, 3] : undefined,
    spanGaps: true,
    points: each.dots ? {show: each.y.length < 200, size: 5, fill: colour(`--curve-${i + 1}`)} : {show: false},
    value: (plot, value) => number(value),
  });

  function plot(chart, printing) {
    const place = document.getElementById(chart.id);
    const made = new uPlot(
      {
        width: printing ? PRINTED : Math.max(200, place.clientWidth),
        height: HEIGHT,
        scales: {x: {time: false, range: (u, low, high) => [0, high]}, y: {distr: chart.log ? 3 : 1}},
        axes: [
          axis({values: (u, splits) => splits.map((at) => (at == null ? '' : number(at)))}),
          axis({size: 64, values: (u, splits) => splits.map((at) => (at == null ? '' : number(at)))}),
        ],
        series: [{label: 'epoch', value: (u, value) => number(value)}, ...chart.curves.map(curve)],
        cursor: {drag: {x: false, y: false}},
      },
      [chart.x, ...chart.curves.map((each) => each.y)],
      place,
    );
    const canvas = made.root.querySelector('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', place.dataset.label);
    return made;
  }

  function draw(printing = false) {
    plots.forEach((each) => each.destroy());
    plots = charts.map((chart) => plot(chart, printing));
  }

  draw();
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return; // the bars of a phone's browser come and go
    width = innerWidth;
    plots.forEach((each) => each.setSize({width: Math.max(200, each.root.parentElement.clientWidth), height: HEIGHT}));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());

  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    closed.forEach((each) => (each.open = true));
    root.classList.add('print');
    draw(true);
  });
  addEventListener('afterprint', () => {
    closed.forEach((each) => (each.open = false));
    root.classList.remove('print');
    draw();
  });
  document.body.dataset.ready = 'true';
})();
