/** The way forward: what every layer makes of the drawing. */
import {el, kindText, number, percent, shapeText} from './text.js';
import {forwardText, LOSS} from './equations.js';
import {layerTiles, layerValues} from './maps.js';
import {LayerView} from './layers.js';
import {get} from './server.js';

const TEXT_MILLIS = 100; // numbers in words follow less often than pictures: they cost a layout
const REFRESH_MILLIS = 250; // after the last stroke the open panel follows

export class Forward {
  constructor(section) {
    this.section = section;
  }

  network(network) {
    this.nodes = network.nodes;
    this.classes = network.classes;
    this.message = null; // that is of the network before
    this.views?.forEach((view) => view.tiles.drop());
    this.views = this.nodes.map((node) => this.view(node));
    this.rows = this.classes.map((name) => {
      const cells = [el('td'), el('td'), el('td')];
      return {row: el('tr', {}, el('th', {scope: 'row'}, name), ...cells), cells};
    });
    this.section.replaceChildren(
      el('p', {class: 'lead muted'}, 'Each layer makes its numbers y of those above it, x. Choose any of them to see the multiplication.'),
      ...this.views.map((view) => view.element),
      el(
        'section',
        {class: 'layer'},
        el('header', {}, el('h3', {}, 'Softmax'), el('span', {class: 'muted'}, 'logits become probabilities')),
        el('pre', {}, LOSS[0]),
        el(
          'div',
          {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Logits and probabilities'},
          el(
            'table',
            {class: 'list'},
            el('thead', {}, el('tr', {}, ...['class', 'z, the logit', 'exp(z \u2212 max)', 'p, the probability'].map((head) => el('th', {scope: 'col'}, head)))),
            el('tbody', {}, ...this.rows.map(({row}) => row)),
          ),
        ),
      ),
    );
  }

  view(node) {
    const input = node.kind === 'input';
    const hidden = node.shape[2] - node.shown;
    const range = el('span', {class: 'muted'});
    const head = el(
      'header',
      {},
      el('h3', {}, input ? 'Image' : `${node.name}  ${kindText(node.kind)}`),
      el('span', {class: 'muted'}, shapeText(node.shape) + (hidden ? `, the first ${node.shown} shown` : '')),
      node.inputs.length > 1 ? el('span', {class: 'muted'}, `from ${node.inputs.join(' and ')}`) : null,
      range,
    );
    const symbol = input ? 'x' : 'y';
    const explain = (tile, y, x) => get('unit', {node: node.name, y, x, c: tile});
    const view = new LayerView(head, layerTiles(node, symbol), explain, forwardText(node.kind));
    view.node = node;
    view.range = range;
    view.opened = (terms) => this.mark(view, terms);
    view.closed = () => this.views.forEach((other) => other.tiles.clearMarks());
    return view;
  }

  /** Shows what the chosen unit has seen, in the layer where that is. */
  mark(view, terms) {
    for (const other of this.views) {
      if (other !== view) {
        other.tiles.clearMarks();
        other.close(false);
      }
    }
    if (!terms.origin) return;
    const {node, row, column, channel} = terms.origin;
    const from = this.views.find((other) => other.node.name === node);
    for (let c = channel; c < channel + terms.channels && c < channel + 1; c++) from.tiles.source(c, row, column, terms.rows, terms.columns);
  }

  show(message) {
    this.message = message;
    this.views.forEach((view, i) => view.show(layerValues(message, view.node, i)));
    this.words ??= setTimeout(() => this.write(), TEXT_MILLIS);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.views.find((view) => view.chosen)?.refresh(), REFRESH_MILLIS);
  }

  /** The largest value of each layer, and the table of the softmax. */
  write() {
    this.words = null;
    const message = this.message;
    if (!message) return;
    for (const view of this.views) view.range.textContent = `up to ${number(view.tiles.most, 3)}`;
    const logits = layerValues(message, this.nodes.at(-1), this.nodes.length - 1);
    const most = Math.max(...logits);
    const p = message.head.probabilities;
    const best = p.indexOf(Math.max(...p));
    this.rows.forEach(({row, cells}, i) => {
      row.classList.toggle('right', i === best);
      cells[0].textContent = number(logits[i]);
      cells[1].textContent = number(Math.exp(logits[i] - most));
      cells[2].textContent = percent(p[i]);
    });
  }
}
