/** Training, live: choices, curves, and a hash of the weights after every epoch. */
import {complain, count, el, number, percent, say} from './text.js';
import {Chart} from './chart.js';
import {events, post} from './server.js';

const FIELDS = [
  ['rate', 'Learning rate', 0.05, {min: 0.00001, max: 100, step: 'any'}],
  ['batch', 'Batch size', 10, {min: 1, max: 1024}],
  ['epochs', 'Epochs', 5, {min: 1, max: 100}],
  ['images', 'Images', 6000, {min: 10, max: 1000000}],
  ['seed', 'Seed', 1, {}],
];
const HASH_DIGITS = 16;
const OWN = 'your own';
const OWN_LAYERS = 'conv 16, relu, pool 2, conv 32, relu, pool 2, dense';

const threadsText = (threads) => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

export class Train {
  constructor(section, choices, adopted) {
    this.adopted = adopted;
    this.runs = []; // each {steps, epochs, plan, hashes}
    this.loss = new Chart('Loss');
    this.accuracy = new Chart('Accuracy on images that are not trained on', (value) => `${Math.round(100 * value)} %`);
    this.form = this.makeForm(choices);
    this.start = el('button', {type: 'submit', class: 'main', form: 'choices'}, 'Start');
    this.pauseButton = el('button', {type: 'button', disabled: true, onclick: () => this.pause()}, 'Pause');
    this.stopButton = el('button', {type: 'button', disabled: true, onclick: () => this.command('stop')}, 'Stop');
    this.adoptButton = el('button', {type: 'button', disabled: true, onclick: () => this.adopt()}, 'Use this network');
    this.state = el('p', {class: 'muted', id: 'training-state'}, 'Nothing is being trained.');
    this.rows = el('tbody');
    section.replaceChildren(
      el('p', {class: 'lead muted'}, 'Train a network of your own and watch it. The weights after each epoch have the same hash for any number of threads: train twice and compare.'),
      this.form,
      el('div', {class: 'buttons'}, this.start, this.pauseButton, this.stopButton, this.adoptButton),
      el('div', {class: 'part'}, this.state),
      el(
        'div',
        {class: 'columns part'},
        el('figure', {}, el('h3', {}, 'Loss'), this.loss.element, el('figcaption', {}, 'Line: of each step, before its update. Dots: of the validation. Over epochs.')),
        el('figure', {}, el('h3', {}, 'Accuracy'), this.accuracy.element, el('figcaption', {}, 'Of the validation, over epochs.')),
      ),
      el(
        'div',
        {class: 'scroll part', tabindex: 0, role: 'region', 'aria-label': 'Epochs'},
        el(
          'table',
          {class: 'list', id: 'epochs'},
          el('caption', {}, 'Epochs'),
          el('thead', {}, el('tr', {}, ...['epoch', 'loss', 'validation', 'accuracy', 'images/s', 'hash of the weights', 'the same as'].map((head) => el('th', {scope: 'col'}, head)))),
          this.rows,
        ),
      ),
    );
    this.draw();
  }

  makeForm(choices) {
    const options = (list) => list.map((value) => el('option', {value}, value));
    const field = (label, control) => el('label', {}, el('span', {}, label), control);
    const threads = Array.from({length: choices.threads}, (_, i) => i + 1);
    // Disabled where it is hidden: an empty one would keep the form from being sent, unseen.
    const list = el('input', {name: 'layers', value: OWN_LAYERS, required: true, disabled: true, maxLength: 500, spellcheck: false});
    const layers = el('label', {class: 'wide', hidden: true}, el('span', {}, 'Its layers'), list);
    const choose = (event) => (layers.hidden = list.disabled = event.target.value !== OWN);
    return el(
      'form',
      {class: 'choices', id: 'choices', onsubmit: (event) => this.begin(event)},
      field('Network', el('select', {name: 'model', onchange: choose}, ...options([...choices.models, OWN]))),
      field('Optimizer', el('select', {name: 'optimizer', onchange: (event) => this.suggest(event.target.value)}, ...options(choices.optimizers))),
      ...FIELDS.map(([name, label, value, limits]) => field(label, el('input', {name, type: 'number', value, required: true, ...limits}))),
      field('Threads', el('select', {name: 'threads'}, ...threads.map((n) => el('option', {value: n, selected: n === choices.threads}, n)))),
      layers,
    );
  }

  /** Rates at which each optimizer is at home. */
  suggest(optimizer) {
    this.form.elements.rate.value = {sgd: 0.05, momentum: 0.01, nesterov: 0.01}[optimizer] ?? 0.001;
  }

  async begin(event) {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(this.form));
    const {layers, ...plan} = data;
    if (plan.model === OWN) plan.model = layers;
    for (const name of ['rate', 'batch', 'epochs', 'images', 'seed', 'threads']) plan[name] = +data[name];
    try {
      complain(null);
      await post('train', plan);
    } catch (error) {
      complain(error);
      return;
    }
    this.run = {plan, steps: [], epochs: [], accuracy: [], hashes: []};
    this.runs.push(this.run);
    this.rows.replaceChildren();
    this.adoptButton.disabled = true;
    this.listen();
  }

  listen() {
    this.source?.close();
    this.source = events();
    this.source.addEventListener('state', (event) => this.onState(JSON.parse(event.data)));
    this.source.addEventListener('begin', (event) => this.onBegin(JSON.parse(event.data)));
    this.source.addEventListener('step', (event) => this.onStep(JSON.parse(event.data)));
    this.source.addEventListener('epoch', (event) => this.onEpoch(JSON.parse(event.data)));
  }

  onState({state, message}) {
    const over = ['done', 'stopped', 'failed'].includes(state);
    if (over) this.source.close(); // or the browser would ask again
    this.pauseButton.disabled = over || state === 'loading';
    this.stopButton.disabled = over;
    this.paused = state === 'paused';
    this.pauseButton.textContent = this.paused ? 'Resume' : 'Pause';
    const words = {loading: 'Loading images.', running: 'Training.', paused: 'Paused.', done: 'Trained.', stopped: 'Stopped.', failed: 'Failed.'};
    this.state.textContent = `${words[state]}${message && state !== 'loading' ? ` ${message}` : ''}${state === 'loading' && message ? ` ${message}` : ''}${this.data ? ` ${this.data}` : ''}`;
    this.state.dataset.state = state;
    say(words[state]);
  }

  onBegin({data, images, validation, threads}) {
    this.data = `Images: ${data}, ${count(images)} to train with, ${count(validation)} to validate; ${threadsText(threads)}.`;
  }

  onStep({epoch, loss}) {
    this.run.steps.push([epoch, loss]);
    this.drawSoon();
  }

  onEpoch({epoch, trainLoss, validationLoss, accuracy, imagesPerSecond, hash}) {
    this.run.hashes[epoch] = hash;
    if (epoch > 0) {
      this.run.epochs.push([epoch, validationLoss]);
      this.run.accuracy.push([epoch, accuracy]);
      this.adoptButton.disabled = false;
      this.last = accuracy;
    }
    const same = this.runs.slice(0, -1).findIndex((run) => run.hashes[epoch] === hash);
    const former = same < 0 ? '' : `run ${same + 1}, ${threadsText(this.runs[same].plan.threads)}`;
    this.rows.append(
      el(
        'tr',
        {},
        el('th', {scope: 'row'}, epoch),
        el('td', {}, epoch ? number(trainLoss) : ''),
        el('td', {}, epoch ? number(validationLoss) : ''),
        el('td', {}, epoch ? percent(accuracy) : ''),
        el('td', {}, epoch ? count(Math.round(imagesPerSecond)) : ''),
        el('td', {class: 'hash', title: hash}, hash.slice(0, HASH_DIGITS)),
        el('td', {}, former),
      ),
    );
    this.drawSoon();
  }

  drawSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const former = this.runs.slice(0, -1);
    const end = Math.max(1, ...this.runs.map((run) => run.plan.epochs));
    const curves = (of) => former.map((run) => ({points: of(run), style: 'former'}));
    const run = this.run ?? {steps: [], epochs: [], accuracy: []};
    this.loss.draw([{points: run.steps}, {points: run.epochs, style: 'second', dots: true}, ...curves((each) => each.steps)], end);
    this.accuracy.draw([{points: run.accuracy, dots: true}, ...curves((each) => each.accuracy)], end, [0, 1]);
  }

  async command(action) {
    try {
      await post(action);
    } catch (error) {
      complain(error);
    }
  }

  pause() {
    return this.command(this.paused ? 'resume' : 'pause');
  }

  async adopt() {
    try {
      this.adopted(await post('adopt'));
      say('The page uses this network now');
    } catch (error) {
      complain(error);
    }
  }
}
