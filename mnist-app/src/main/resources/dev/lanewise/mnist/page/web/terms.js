/** One number, and the products that make it. */
import {el, kindText, number, percent} from './text.js';
import {Tiles} from './maps.js';

const SMALL = 7; // sides of a patch that is shown as a table
const LISTED = 10; // products that are listed one by one

/** What a number is made of, as the server says, with the equation that it follows. */
export function termsView(terms, equation, close) {
  const view = el(
    'section',
    {class: 'panel', 'aria-label': `What ${terms.what} is made of`},
    el('header', {}, el('h4', {}, `${terms.what} = ${number(terms.value, 6)}`), el('button', {type: 'button', onclick: close}, 'Close')),
    el('p', {class: 'help'}, `Layer ${terms.node}, ${kindText(terms.kind)}`),
    equation ? el('pre', {}, equation) : null,
  );
  if (terms.rule === 'values') view.append(valueList(terms));
  else if (terms.rule === 'max') view.append(maximum(terms));
  else view.append(...sum(terms));
  return view;
}

function valueList(terms) {
  if (terms.values.length === 0) return el('p', {class: 'help'}, 'No single numbers can be shown for this kind of layer.');
  const row = ({name, value}) => el('tr', {}, el('td', {}, name), el('td', {}, number(value, 6)));
  return el('table', {class: 'patch'}, el('tbody', {}, ...terms.values.map(row)));
}

function cells(terms, values, channel) {
  const outside = new Set(terms.outside);
  const rows = [];
  for (let y = 0; y < terms.rows; y++) {
    const row = [];
    for (let x = 0; x < terms.columns; x++) {
      const at = (y * terms.columns + x) * terms.channels + channel;
      row.push({value: values(at), outside: outside.has(at)});
    }
    rows.push(row);
  }
  return rows;
}

function patch(caption, rows, strong = () => false) {
  const cell = ({value, outside}) =>
    el('td', {class: [outside ? 'padding' : '', strong(value) ? 'strong' : ''].join(' ').trim() || undefined, title: outside ? 'in the padding' : undefined}, number(value, 3));
  return el('table', {class: 'patch'}, el('caption', {}, caption), el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map(cell)))));
}

function maximum(terms) {
  const largest = terms.a.values.reduce((most, value, i) => (terms.b.values[i] === 1 ? value : most), 0);
  return el(
    'div',
    {class: 'product'},
    patch('x under the window', cells(terms, (i) => terms.a.values[i], 0), (value) => value === largest),
    el('p', {class: 'sum'}, 'the largest is ', el('b', {}, number(terms.value, 6))),
  );
}

function products(terms) {
  return terms.a.values.map((a, i) => a * terms.b.values[i]);
}

function sum(terms) {
  const all = products(terms);
  const total = all.reduce((s, v) => s + v, 0);
  const parts = [];
  if (all.length === 1) {
    parts.push(el('p', {class: 'product'}, `${terms.a.name} ${number(terms.a.values[0], 6)}  \u00d7  ${terms.b.name} ${number(terms.b.values[0], 6)}  =  ${number(total, 6)}`));
  } else if (terms.rows <= SMALL && terms.columns <= SMALL && terms.rows * terms.columns > 1) {
    parts.push(patches(terms, all));
  } else {
    parts.push(listed(terms, all));
  }
  const bias = terms.bias === undefined ? '' : `  +  bias ${number(terms.bias, 6)}`;
  if (all.length > 1) {
    parts.push(el('p', {class: 'sum'}, `sum of ${all.length.toLocaleString('en')} products ${number(total, 6)}${bias}  =  `, el('b', {}, number(terms.value, 6))));
  }
  return parts;
}

/** Patch, kernel and products of one channel at a time; first the one that adds most. */
function patches(terms, all) {
  const {channels} = terms;
  const byChannel = Array.from({length: channels}, (_, c) => all.reduce((s, v, i) => (i % channels === c ? s + v : s), 0));
  const order = byChannel.map((_, c) => c).sort((a, b) => Math.abs(byChannel[b]) - Math.abs(byChannel[a]));
  const box = el('div', {});
  const names = {one: '1', wins: 'wins'};
  const show = (channel) =>
    tables.replaceChildren(
      patch(`${terms.a.name}, channel ${channel}`, cells(terms, (i) => terms.a.values[i], channel)),
      el('span', {class: 'sign'}, '\u00d7'),
      patch(names[terms.b.name] ?? terms.b.name, cells(terms, (i) => terms.b.values[i], channel)),
      el('span', {class: 'sign'}, '='),
      patch(`products, together ${number(byChannel[channel], 4)}`, cells(terms, (i) => all[i], channel)),
    );
  const tables = el('div', {class: 'product'});
  if (channels > 1) {
    const options = order.map((c) => el('option', {value: c}, `channel ${c} of ${channels}: ${number(byChannel[c], 4)}`));
    box.append(el('label', {}, el('span', {}, 'Channel, by how much it adds '), el('select', {onchange: (event) => show(+event.target.value)}, ...options)));
  }
  box.append(tables);
  show(order[0]);
  return box;
}

/** The largest products one by one, and a picture of all. */
function listed(terms, all) {
  const {rows, columns, channels} = terms;
  const order = all.map((_, i) => i).sort((a, b) => Math.abs(all[b]) - Math.abs(all[a])).slice(0, LISTED);
  const place = (i) => {
    const c = i % channels;
    const pixel = (i - c) / channels;
    const x = pixel % columns;
    return rows * columns === 1 ? `${c}` : channels === 1 ? `${(pixel - x) / columns},${x}` : `${(pixel - x) / columns},${x},${c}`;
  };
  const rest = all.reduce((s, v, i) => (order.includes(i) ? s : s + v), 0);
  const row = (i) => el('tr', {}, el('td', {}, place(i)), el('td', {}, number(terms.a.values[i])), el('td', {}, number(terms.b.values[i])), el('td', {}, number(all[i])));
  const table = el(
    'table',
    {class: 'list'},
    el('caption', {}, `The ${order.length} largest products`),
    el('thead', {}, el('tr', {}, ...['place', terms.a.name, terms.b.name === 'one' ? '1' : terms.b.name, 'product'].map((head) => el('th', {scope: 'col'}, head)))),
    el('tbody', {}, ...order.map(row), all.length > order.length ? el('tr', {}, el('td', {}, `${(all.length - order.length).toLocaleString('en')} more`), el('td', {}), el('td', {}), el('td', {}, number(rest))) : null),
  );
  const columnsView = el('div', {class: 'columns product'}, table);
  if (rows * columns > 1) {
    const tiles = new Tiles({
      label: 'All products',
      tiles: channels,
      height: rows,
      width: columns,
      index: (tile, y, x) => (y * columns + x) * channels + tile,
      name: (tile, y, x) => `product at ${y},${x},${tile}`,
    });
    columnsView.append(el('div', {}, el('p', {class: 'help'}, 'All products, channel by channel'), tiles.element));
    requestAnimationFrame(() => tiles.show(all)); // when it has a width
  }
  return columnsView;
}

/** Probabilities as bars. */
export class Bars {
  constructor(list) {
    this.list = list;
  }

  names(names) {
    this.list.replaceChildren(
      ...names.map((name) =>
        el('li', {}, el('span', {}, name), el('span', {class: 'track'}, el('div', {class: 'bar'})), el('span', {class: 'value'}))),
    );
    this.rows = [...this.list.children].map((row) => ({row, bar: row.querySelector('.bar'), value: row.querySelector('.value')}));
  }

  show(values) {
    const best = values.indexOf(Math.max(...values));
    this.rows.forEach(({row, bar, value}, i) => {
      row.classList.toggle('best', i === best);
      bar.style.transform = `scaleX(${values[i]})`;
      value.textContent = percent(values[i]);
    });
    return best;
  }

  clear() {
    for (const {row, bar, value} of this.rows) {
      row.classList.remove('best');
      bar.style.transform = 'scaleX(0)';
      value.textContent = '';
    }
  }
}
