/** The way back: from the loss through every layer to the image, and the step. */
import {complain, count, el, kindText, number, percent, say, shapeText} from './text.js';
import {backText, LOGITS, LOSS, UPDATE} from './equations.js';
import {layerTiles, layerValues, Tiles} from './maps.js';
import {LayerView} from './layers.js';
import {get, post} from './server.js';

const PLAY_MILLIS = 2500;
const MOST_TILES = 8192;

export class Backward {
  /**
   * @param again computes the gradients once more; `stepped` says that the weights have changed
   */
  constructor(section, again, stepped) {
    this.section = section;
    this.again = again;
    this.stepped = stepped;
    this.label = 0;
    this.rate = 0.005; // a single image pulls harder than a batch
    this.at = 0;
  }

  network(network) {
    this.nodes = network.nodes;
    this.classes = network.classes;
    this.label = Math.min(this.label, this.classes.length - 1);
    this.message = null;
    this.result = null;
    this.steps = [
      {title: 'Loss', render: () => this.loss()},
      {title: 'dLogits', render: () => this.logits()},
      ...this.nodes.slice(1).reverse().map((node) => ({title: `${node.name} ${kindText(node.kind)}`, render: () => this.layer(node)})),
      {title: 'Image', render: () => this.image()},
      {title: 'Update', render: () => this.update()},
    ];
    this.at = Math.min(this.at, this.steps.length - 1);
    this.build();
  }

  build() {
    const choice = (name, i) =>
      el('label', {}, el('input', {type: 'radio', name: 'label', value: i, checked: i === this.label, onchange: () => this.choose(i)}), el('span', {}, name));
    this.previous = el('button', {type: 'button', onclick: () => this.go(this.at - 1)}, 'Previous');
    this.next = el('button', {type: 'button', class: 'main', onclick: () => this.go(this.at + 1)}, 'Next');
    this.play = el('button', {type: 'button', onclick: () => this.toggle()}, 'Play');
    this.where = el('span', {class: 'muted'});
    this.path = el(
      'ol',
      {class: 'path', 'aria-label': 'Steps of the way back'},
      ...this.steps.map((step, i) => el('li', {}, el('button', {type: 'button', onclick: () => this.go(i)}, step.title))),
    );
    this.content = el('div', {});
    this.section.replaceChildren(
      el('p', {class: 'lead muted'}, 'Say which digit is right. The loss measures how wrong the answer is; going back, each layer says how the loss would change if its numbers did: dx, dWeight, dBias. With one image the sums over n have one term.'),
      el(
        'div',
        {class: 'stepper'},
        el('fieldset', {}, el('legend', {}, 'The right answer'), el('div', {class: 'labels'}, ...this.classes.map(choice))),
        el('div', {class: 'buttons'}, this.previous, this.next, this.play, this.where),
      ),
      this.path,
      this.content,
    );
  }

  choose(label) {
    this.label = label;
    this.again();
  }

  guess(label) {
    this.label = label;
    const input = this.section.querySelector(`input[name="label"][value="${label}"]`);
    if (input) input.checked = true;
  }

  toggle() {
    if (this.timer) return this.pause();
    this.play.textContent = 'Pause';
    if (this.at === this.steps.length - 1) this.go(0);
    this.timer = setInterval(() => {
      this.go(this.at + 1);
      if (this.at === this.steps.length - 1) this.pause();
    }, PLAY_MILLIS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = 'Play';
  }

  go(step) {
    this.at = Math.max(0, Math.min(this.steps.length - 1, step));
    this.render();
    say(`Step ${this.at + 1} of ${this.steps.length}: ${this.steps[this.at].title}`);
  }

  /** Shows gradients that have just been computed. */
  show(message, forward) {
    this.message = message;
    this.forward = forward;
    this.render();
  }

  render() {
    this.previous.disabled = this.at === 0;
    this.next.disabled = this.at === this.steps.length - 1;
    this.where.textContent = `Step ${this.at + 1} of ${this.steps.length}`;
    [...this.path.querySelectorAll('button')].forEach((button, i) => {
      if (i === this.at) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    });
    if (!this.message) {
      this.content.replaceChildren(el('p', {}, 'Draw a digit first.'));
      return;
    }
    const parts = this.steps[this.at].render();
    this.content.replaceChildren(...parts);
    this.shown?.forEach((tiles) => tiles.drop());
    this.shown = this.pending ?? [];
    for (const [view, values] of this.fill ?? []) view.show(values);
    this.fill = this.pending = null;
  }

  /** A view that gets its numbers once it stands in the page. */
  later(view, values) {
    (this.fill ??= []).push([view, values]);
    (this.pending ??= []).push(view instanceof Tiles ? view : view.tiles);
    return view.element;
  }

  table(heads, rows, right) {
    return el(
      'div',
      {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': heads.join(', ')},
      el(
        'table',
        {class: 'list'},
        el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', {scope: 'col'}, head)))),
        el('tbody', {}, ...rows.map((row, i) => el('tr', {class: i === right ? 'right' : undefined}, el('th', {scope: 'row'}, row[0]), ...row.slice(1).map((cell) => el('td', {}, cell))))),
      ),
    );
  }

  get p() {
    return this.message.head.probabilities;
  }

  loss() {
    const {loss} = this.message.head;
    const z = layerValues(this.forward, this.nodes.at(-1), this.nodes.length - 1);
    return [
      el('h3', {}, `Loss = ${number(loss, 6)}`),
      el('pre', {}, LOSS.join('\n')),
      el('p', {class: 'sum'}, `p[${this.label}] = ${number(this.p[this.label], 6)},  \u2212log p[${this.label}] = `, el('b', {}, number(loss, 6))),
      this.table(['class', 'z', 'p'], this.p.map((p, j) => [this.classes[j], number(z[j]), percent(p)]), this.label),
    ];
  }

  logits() {
    const dz = layerValues(this.message, this.nodes.at(-1), this.nodes.length - 1);
    return [
      el('h3', {}, 'dLogits, where the way back begins'),
      el('pre', {}, LOGITS.join('\n')),
      el('p', {class: 'help'}, 'A step against the gradient raises the logit of the right class and lowers all others. Together they are 0.'),
      this.table(['class', 'p', 'onehot', 'dz'], this.p.map((p, j) => [this.classes[j], number(p), j === this.label ? '1' : '0', number(dz[j])]), this.label),
    ];
  }

  place(name) {
    return this.nodes.findIndex((node) => node.name === name);
  }

  gradientOf(node) {
    return layerValues(this.message, node, this.place(node.name));
  }

  head(title, note) {
    return el('header', {}, el('h3', {}, title), el('span', {class: 'muted'}, note));
  }

  layer(node) {
    const from = this.nodes[this.place(node.inputs[0])];
    const dy = layerTiles(node, 'dy');
    const parts = [
      el('section', {class: 'layer'}, this.head('dy comes in', `the gradient of the loss with respect to y of layer ${node.name}, ${shapeText(node.shape)}`), this.later(dy, this.gradientOf(node))),
    ];
    for (const parameter of node.parameters) parts.push(this.parameter(node, parameter));
    const view = new LayerView(
      this.head('dx goes on', `to ${from.kind === 'input' ? 'the image' : `layer ${from.name}, ${kindText(from.kind)}`}, ${shapeText(from.shape)}`),
      layerTiles(from, 'dx'),
      (tile, y, x) => get('unit-gradient', {node: node.name, y, x, c: tile}),
      backText(node.kind, 'data'),
    );
    const equation = backText(node.kind, 'data');
    if (equation) view.element.firstChild.after(el('pre', {}, equation));
    if (this.nodes.filter((other) => other.inputs.includes(from.name)).length > 1) {
      view.element.append(el('p', {class: 'help'}, 'Several layers use these numbers: what is shown is the sum of what all of them hand back.'));
    }
    if (node.inputs.length > 1) view.element.append(el('p', {class: 'help'}, `Its other inputs, ${node.inputs.slice(1).join(', ')}, get theirs likewise.`));
    this.later(view, this.gradientOf(from));
    parts.push(view.element);
    return parts;
  }

  parameter(node, parameter) {
    const sent = this.message.head.parameters.find((each) => each.name === `${node.name}.${parameter.name}`);
    const symbol = `d${parameter.name[0].toUpperCase()}${parameter.name.slice(1)}`;
    const note = `${parameter.dims.join(' \u00d7 ')}, length ${number(sent?.gradient ?? 0)}`;
    const head = this.head(symbol, note);
    const equation = backText(node.kind, parameter.name === 'bias' ? 'bias' : 'weight');
    const text = equation ? el('pre', {}, equation) : null;
    const tiles = sent?.at === undefined ? null : parameterTiles(node, parameter, symbol);
    if (!tiles) return el('section', {class: 'layer'}, head, text, el('p', {class: 'help'}, 'Too many numbers to be shown.'));
    const view = new LayerView(head, tiles, (tile, y, x) => get('parameter-gradient', {node: node.name, parameter: parameter.name, index: tiles.index(tile, y, x)}), equation);
    if (text) view.element.firstChild.after(text);
    this.later(view, this.message.floats.subarray(sent.at, sent.at + sent.size));
    return view.element;
  }

  image() {
    const input = this.nodes[0];
    const tiles = layerTiles(input, 'dx');
    tiles.scale = 10;
    return [
      el('section', {class: 'layer'}, this.head('The image', 'the way back ends here'),
        el('p', {class: 'lead'}, 'Where a pixel is coloured, making it lighter raises the loss; where it is grey, it lowers it. The sizes of these numbers are the saliency beside the drawing (Simonyan, Vedaldi and Zisserman, 2014).'),
        this.later(tiles, this.gradientOf(input))),
    ];
  }

  update() {
    const rate = el('input', {type: 'number', id: 'step-rate', min: '0.0001', max: '100', step: 'any', value: this.rate, onchange: (event) => (this.rate = +event.target.value)});
    const rows = this.message.head.parameters.map((p) => [p.name, count(p.size), number(p.value), number(p.gradient), number(this.rate * p.gradient), p.value > 0 ? percent((this.rate * p.gradient) / p.value) : '']);
    const parts = [
      el('h3', {}, 'The update'),
      el('pre', {}, UPDATE.join('\n')),
      this.table(['parameter', 'numbers', 'length of value', 'of grad', 'of the step', 'step / value'], rows),
      el('div', {class: 'buttons part'}, el('label', {}, el('span', {}, 'Learning rate '), rate), el('button', {type: 'button', class: 'main', id: 'apply', onclick: () => this.apply()}, 'Apply the step'), el('button', {type: 'button', onclick: () => this.reset()}, 'Take all steps back')),
    ];
    if (this.result) parts.push(this.change());
    return parts;
  }

  change() {
    const {lossBefore, lossAfter, before, after, parameters, steps} = this.result;
    return el(
      'section',
      {class: 'part', id: 'change'},
      el('h3', {}, `What the step changed: loss ${number(lossBefore, 5)} \u2192 ${number(lossAfter, 5)}`),
      el('p', {class: 'help'}, `${steps} ${steps === 1 ? 'step' : 'steps'} so far, on your copy of the network.`),
      el(
        'div',
        {class: 'columns'},
        this.table(['class', 'p before', 'p after', 'change'], before.map((p, i) => [this.classes[i], percent(p), percent(after[i]), number(100 * (after[i] - p), 3)]), this.label),
        this.table(['parameter', 'change, length', 'largest'], parameters.map((p) => [p.name, number(p.change), number(p.most)])),
      ),
    );
  }

  async apply() {
    try {
      this.result = await post('step', {rate: this.rate});
      await this.stepped();
      say(`Step applied. The loss went from ${number(this.result.lossBefore, 5)} to ${number(this.result.lossAfter, 5)}`);
      this.section.querySelector('#apply')?.focus();
    } catch (error) {
      complain(error);
    }
  }

  async reset() {
    try {
      await post('reset');
      this.result = null;
      await this.stepped();
      say('All steps are taken back');
    } catch (error) {
      complain(error);
    }
  }
}

/** The gradient of a parameter: filters as tiles, a dense weight as the maps that it looks at. */
function parameterTiles(node, parameter, symbol) {
  const {dims} = parameter;
  if (dims.length === 4) {
    const [kh, kw, c, oc] = dims;
    if (c * oc > MOST_TILES) return null;
    return new Tiles({
      label: `${symbol} of layer ${node.name}, a row for each input channel`,
      tiles: c * oc,
      height: kh,
      width: kw,
      columns: c === 1 ? 0 : oc,
      scale: c * oc > 64 ? 4 : 14,
      index: (tile, y, x) => ((y * kw + x) * c + Math.floor(tile / oc)) * oc + (tile % oc),
      name: (tile, y, x) => `${symbol}[${y},${x},${Math.floor(tile / oc)},${tile % oc}]`,
    });
  }
  if (dims.length === 2) {
    const [out, inputs] = dims;
    const [h, w, c] = node.map;
    if (h * w > 1) {
      if (out * c > MOST_TILES) return null;
      return new Tiles({
        label: `${symbol} of layer ${node.name}, a row for each output`,
        tiles: out * c,
        height: h,
        width: w,
        columns: c,
        scale: Math.max(1, Math.floor(600 / (c * (w + 1)))),
        index: (tile, y, x) => Math.floor(tile / c) * inputs + (y * w + x) * c + (tile % c),
        name: (tile, y, x) => `${symbol}[${Math.floor(tile / c)},${(y * w + x) * c + (tile % c)}]`,
      });
    }
    if (out * inputs > MOST_TILES * 8) return null;
    return new Tiles({
      label: `${symbol} of layer ${node.name}, a row for each output`,
      tiles: 1,
      height: out,
      width: inputs,
      scale: Math.max(2, Math.min(14, Math.floor(600 / inputs))),
      index: (tile, y, x) => y * inputs + x,
      name: (tile, y, x) => `${symbol}[${y},${x}]`,
    });
  }
  const size = dims.reduce((product, dim) => product * dim, 1);
  return new Tiles({
    label: `${symbol} of layer ${node.name}`,
    tiles: size,
    height: 1,
    width: 1,
    index: (tile) => tile,
    name: (tile) => `${symbol}[${tile}]`,
  });
}
