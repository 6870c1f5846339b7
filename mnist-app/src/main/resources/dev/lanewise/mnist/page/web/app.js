/** Puts the page together: the drawing on the left, four views of the network on the right. */
import {Backward} from './backward.js';
import {Bars} from './terms.js';
import {Forward} from './forward.js';
import {NetworkView} from './network.js';
import {Pad} from './pad.js';
import {Train} from './train.js';
import {complain, count, say} from './text.js';
import {get, postForFloats, visit} from './server.js';
import {ink, largest, onColours, signed} from './palette.js';

const MOST_SIDE = 512; // of a picture on its way to the server
const SPEED_MILLIS = 500;
const MEASURED = 100; // strokes in the figure below the answer

const byId = (id) => document.getElementById(id);
const views = {};
const bars = new Bars(byId('answer'));
const latencies = [];
let network;
let shown; // the last message of the way forward
let picture; // what was dropped, until something is drawn
let tab = 'forward';

const pad = new Pad(byId('pad'), byId('pen'), (time) => {
  picture = null;
  refresh(time);
});

/* One request at a time: what is drawn meanwhile goes with the next. */
let busy = false;
let wanted;
async function refresh(time) {
  wanted = time ?? null;
  if (busy) return;
  busy = true;
  while (wanted !== undefined) {
    const since = wanted;
    wanted = undefined;
    try {
      await round();
      complain(null);
      if (since !== null) measure(since);
    } catch (error) {
      complain(error);
    }
  }
  busy = false;
}

async function round() {
  if (picture) {
    shown = await postForFloats('picture', picture.data, {height: picture.height, width: picture.width});
  } else {
    const {height, width, ink: pixels} = pad.pixels();
    shown = await postForFloats('drawing', pixels, {height, width});
  }
  showAnswer();
  if (tab === 'forward') views.forward.show(shown);
  if (tab === 'backward') await goBack();
}

let speedTimer; // not at every stroke: it would cost a frame of its own
function showSpeed() {
  speedTimer = null;
  const sorted = [...latencies].sort((a, b) => a - b);
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1];
  byId('speed').textContent = `Network ${(shown.head.micros / 1000).toFixed(2)} ms, stroke to pixels ${Math.round(latencies.at(-1))} ms (95 % within ${Math.round(p95)} ms).`;
}

/** From the event to the frame in which its result is on the screen. */
function measure(since) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel(); // its message comes after the frame has been painted
    channel.port1.onmessage = () => {
      performance.measure('stroke to pixels', {start: since, end: performance.now()});
      latencies.push(performance.now() - since);
      if (latencies.length > MEASURED) latencies.shift();
      speedTimer ??= setTimeout(showSpeed, SPEED_MILLIS);
    };
    channel.port2.postMessage(0);
  });
}

let saidTimer;
function showAnswer() {
  const {head} = shown;
  byId('note').textContent = head.note;
  paintImage(byId('seen'), shown.floats.subarray(head.image), (value) => ink(value));
  if (!picture && pad.empty) {
    bars.clear();
    return;
  }
  const best = bars.show(head.probabilities);
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => say(`The answer is ${network.classes[best]}`), 600);
}

/** An image of the size that the network takes, in grey or in colours. */
function paintImage(canvas, values, colour) {
  const [height, width, channels] = network.nodes[0].shape;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    canvas.style.imageRendering = 'pixelated';
  }
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    if (channels === 1) pixels[i] = colour(values[i]);
    else for (let c = 0; c < 4; c++) image.data[4 * i + c] = c === 3 ? 255 : 255 * values[i * channels + c];
  }
  context.putImageData(image, 0, 0);
}

/** The largest size of dx over the channels of each pixel. */
function paintSaliency(message) {
  const [height, width] = network.nodes[0].shape;
  const pixels = height * width;
  const at = message.head.maps[0].at;
  const values = new Float32Array(pixels);
  for (let c = 0; c < network.nodes[0].shown; c++) {
    for (let i = 0; i < pixels; i++) values[i] = Math.max(values[i], Math.abs(message.floats[at + c * pixels + i]));
  }
  const most = largest(values) || 1;
  const canvas = byId('saliency');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  new Int32Array(image.data.buffer).set(values.map ? Int32Array.from(values, (value) => signed(value, 1 / most)) : []);
  context.putImageData(image, 0, 0);
  canvas.style.imageRendering = 'pixelated';
}

let guessed; // whether the visitor has not yet said which answer is right
async function goBack() {
  if (!picture && pad.empty) {
    views.backward.message = null;
    views.backward.render();
    return;
  }
  if (guessed) {
    guessed = false;
    views.backward.guess(shown.head.probabilities.indexOf(Math.max(...shown.head.probabilities)));
  }
  const message = await postForFloats('back', {label: views.backward.label});
  paintSaliency(message);
  views.backward.show(message, shown);
}

/** Shows another network, or the same with other weights. */
async function useNetwork(description, sameLayers = false) {
  network = description;
  byId('network-line').textContent = `${network.name}, ${count(network.parameters)} parameters, ${network.origin}${network.steps ? `, ${network.steps} ${network.steps === 1 ? 'step' : 'steps'} made here` : ''}`;
  if (!sameLayers) {
    bars.names(network.classes);
    views.forward.network(network);
    views.backward.network(network);
  }
  views.network.network(network);
  await refresh();
}

function select(name, focus) {
  tab = name;
  for (const button of byId('tabs').children) {
    const chosen = button.id === `tab-${name}`;
    button.setAttribute('aria-selected', chosen);
    button.tabIndex = chosen ? 0 : -1;
    byId(button.getAttribute('aria-controls')).hidden = !chosen;
    if (chosen && focus) button.focus();
  }
  byId('saliency-figure').hidden = name !== 'backward';
  views.backward.pause();
  if (name === 'network') views.network.edges();
  if (network) refresh();
}

function tabs() {
  const names = [...byId('tabs').children].map((button) => button.id.slice(4));
  byId('tabs').addEventListener('click', (event) => event.target.id && select(event.target.id.slice(4)));
  byId('tabs').addEventListener('keydown', (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (step) select(names[(names.indexOf(tab) + step + names.length) % names.length], true);
  });
}

/** A picture of any kind that the browser reads, small enough to be sent. */
async function open(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    pad.clear();
    picture = {height, width, data: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer)};
    guessed = true;
    refresh();
  } catch {
    complain(new Error(`${file.name} is no picture that this browser can read.`));
  }
}

function files() {
  byId('open-picture').addEventListener('click', () => byId('picture').click());
  byId('picture').addEventListener('change', ({target}) => {
    if (target.files[0]) open(target.files[0]);
    target.value = '';
  });
  const dragging = (on) => (event) => {
    event.preventDefault();
    document.body.classList.toggle('dragging', on);
  };
  document.addEventListener('dragover', dragging(true));
  document.addEventListener('dragleave', dragging(false));
  document.addEventListener('drop', (event) => {
    dragging(false)(event);
    const file = event.dataTransfer.files[0];
    if (file?.type.startsWith('image/')) open(file);
    else if (file) views.network.load(file);
  });
}

async function begin() {
  const choices = await visit();
  views.forward = new Forward(byId('forward'));
  views.backward = new Backward(byId('backward'), () => refresh(), async () => useNetwork(await get('network'), true));
  views.network = new NetworkView(byId('network'), (description) => useNetwork(description));
  views.training = new Train(byId('training'), choices, (description) => useNetwork(description));
  byId('clear').addEventListener('click', () => pad.clear());
  byId('pad').addEventListener('pointerup', () => (guessed ??= true));
  onColours(() => network && refresh());
  tabs();
  files();
  guessed = true;
  await useNetwork(await get('network'));
  document.body.dataset.ready = 'true';
}

begin().catch(complain);
