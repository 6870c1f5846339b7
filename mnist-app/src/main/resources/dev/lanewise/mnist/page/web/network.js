/** The network as a diagram, and others from files. */
import {complain, count, el, kindText, say, shapeText, svg} from './text.js';
import {post} from './server.js';

const MOST_MEGABYTES = 64; // as the server says

export class NetworkView {
  constructor(section, changed) {
    this.section = section;
    this.changed = changed;
    this.file = el('input', {type: 'file', accept: '.safetensors,.onnx', hidden: true, id: 'model-file', onchange: () => this.file.files[0] && this.load(this.file.files[0])});
    this.diagram = el('div', {class: 'diagram'});
    this.title = el('h2', {});
    this.facts = el('p', {class: 'muted'});
    section.replaceChildren(
      this.title,
      this.facts,
      el(
        'div',
        {class: 'drop'},
        el('button', {type: 'button', onclick: () => this.file.click()}, 'Load a model file'),
        el('button', {type: 'button', onclick: () => this.restart()}, 'Back to the first network'),
        el('span', {class: 'muted'}, 'A safetensors file, saved by mnist-app or of PyTorch, or an ONNX model. It may be dropped anywhere on the page, and so may pictures.'),
        this.file,
      ),
      this.diagram,
    );
    new ResizeObserver(() => this.edges()).observe(this.diagram);
  }

  network(network) {
    this.current = network;
    this.title.textContent = network.name;
    const work = network.nodes.reduce((sum, node) => sum + node.multiplyAdds, 0);
    this.facts.replaceChildren(
      `${network.origin}; ${count(network.parameters)} parameters, ${count(work)} multiply-adds for an image; ${network.steps} ${network.steps === 1 ? 'step' : 'steps'} made here. Hash of the weights `,
      el('span', {class: 'hash', title: network.hash}, network.hash.slice(0, 16)),
    );
    const item = (node) => {
      const parameters = node.parameters.reduce((sum, p) => sum + p.size, 0);
      return el(
        'li',
        {},
        el('span', {class: 'muted'}, node.kind === 'input' ? '' : node.name),
        el('span', {title: node.text}, node.kind === 'input' ? 'Image' : kindText(node.kind), node.inputs.length > 1 ? ` of ${node.inputs.join(' and ')}` : ''),
        el('span', {}, shapeText(node.shape)),
        el('span', {}, parameters ? `${count(parameters)} parameters` : ''),
        el('span', {class: 'muted'}, node.multiplyAdds ? `${count(node.multiplyAdds)} mult.` : ''),
      );
    };
    this.items = network.nodes.map(item);
    this.diagram.replaceChildren(svg('svg', {'aria-hidden': 'true'}), el('ol', {'aria-label': 'Layers'}, ...this.items));
    this.edges();
  }

  /** From each layer to those that use it; around those in between where there are some. */
  edges() {
    if (!this.current || !this.diagram.offsetParent) return;
    const paths = [];
    this.current.nodes.forEach((node, to) => {
      for (const name of node.inputs) {
        const from = this.current.nodes.findIndex((other) => other.name === name);
        const start = this.items[from];
        const end = this.items[to];
        const y1 = start.offsetTop + start.offsetHeight;
        const y2 = end.offsetTop;
        const x = 40;
        const bend = Math.min(34, 8 + 2 * (to - from));
        const path = to === from + 1 ? `M${x} ${y1}V${y2}` : `M0 ${y1 - 12}C${-bend} ${y1} ${-bend} ${y2} 0 ${y2 + 12}`;
        paths.push(svg('path', {d: path, class: to === from + 1 ? '' : 'skipping'}));
      }
    });
    this.diagram.firstChild.replaceChildren(...paths);
  }

  async load(file) {
    try {
      complain(null);
      if (file.size > MOST_MEGABYTES * 2 ** 20) throw new Error(`${file.name} is larger than ${MOST_MEGABYTES} MiB, the most that is taken here.`);
      this.changed(await post('model', file, {name: file.name}));
      say(`${file.name} is loaded`);
    } catch (error) {
      complain(error);
    }
    this.file.value = '';
  }

  async restart() {
    try {
      this.changed(await post('restart'));
    } catch (error) {
      complain(error);
    }
  }
}
