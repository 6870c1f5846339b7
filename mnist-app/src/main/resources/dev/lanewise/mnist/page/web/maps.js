/** Numbers as pictures: tiles side by side, in which a unit can be chosen by mouse or keys. */
import {el, number} from './text.js';
import {largest, onColours, signed} from './palette.js';

const all = new Set();

/* What is out of sight is painted when it comes into sight. */
const sight = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    const tiles = byElement.get(target);
    if (!tiles) continue;
    tiles.inSight = isIntersecting;
    if (isIntersecting && tiles.late) tiles.paint();
  }
}, {rootMargin: '100px'});
const byElement = new WeakMap();

/* Reading the width of an element makes the browser lay out the page: not at every stroke. */
const widths = new ResizeObserver((entries) => {
  for (const {target, contentRect} of entries) {
    const tiles = byElement.get(target);
    if (!tiles || tiles.room === contentRect.width) continue;
    tiles.room = contentRect.width;
    if (tiles.values) {
      tiles.layOut();
      tiles.paint();
    }
  }
});

onColours(() => all.forEach((tiles) => tiles.element.isConnected && tiles.paint()));

/** How large a pixel of a map is shown. */
function scaleOf(height, width) {
  const side = Math.max(height, width);
  if (side === 1) return 14;
  return Math.max(1, Math.round(Math.min(84, Math.max(side * 3, 56)) / side));
}

export class Tiles {
  /**
   * @param label what it shows, for those who cannot see it
   * @param tiles how many
   * @param height of a tile
   * @param width of a tile
   * @param columns of tiles; 0 for as many as there is room for
   * @param index the place of a number among the values, of (tile, y, x)
   * @param name what a number is called, of (tile, y, x)
   * @param choose called with (tile, y, x); undefined if nothing happens then
   */
  constructor({label, tiles, height, width, columns = 0, scale, index, name, choose}) {
    Object.assign(this, {label, tiles, height, width, wanted: columns, index, name, choose});
    this.scale = scale ?? scaleOf(height, width);
    this.gap = height === 1 && width === 1 ? 0 : 1;
    this.canvas = el('canvas', {tabindex: 0, role: 'application', 'aria-roledescription': 'feature maps'});
    this.mark = el('div', {class: 'mark', hidden: true});
    this.from = el('div', {class: 'mark from', hidden: true});
    this.element = el('div', {class: 'tiles'}, this.canvas, this.mark, this.from);
    this.cursor = {tile: 0, y: 0, x: 0};
    this.canvas.addEventListener('focus', () => this.describe());
    this.canvas.addEventListener('click', (event) => this.click(event));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    this.canvas.addEventListener('mousemove', (event) => this.hover(event));
    this.describe();
    this.inSight = true; // until it is known
    byElement.set(this.element, this);
    sight.observe(this.element);
    widths.observe(this.element);
    all.add(this);
  }

  /** Forgets it. */
  drop() {
    all.delete(this);
    sight.unobserve(this.element);
    widths.unobserve(this.element);
  }

  show(values) {
    this.values = values;
    this.most = largest(values);
    if (!this.image) this.layOut();
    if (this.inSight) this.paint();
    else this.late = true;
  }

  describe() {
    const most = this.values ? ` Largest value ${number(this.most)}.` : '';
    const keys = this.choose ? ' Arrow keys move, page up and page down change the map, enter explains.' : '';
    this.canvas.setAttribute('aria-label', `${this.label}.${most}${keys}`);
  }

  layOut() {
    this.room ??= this.element.clientWidth - 4; // without the padding
    const room = this.room > 0 ? this.room : 600;
    const fit = Math.max(1, Math.floor(room / this.scale / (this.width + this.gap)));
    this.columns = this.wanted || Math.min(this.tiles, fit);
    this.rows = Math.ceil(this.tiles / this.columns);
    const width = this.columns * (this.width + this.gap) - this.gap;
    const height = this.rows * (this.height + this.gap) - this.gap;
    if (this.canvas.width !== width || this.canvas.height !== height || !this.image) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${width * this.scale}px`;
      this.canvas.style.height = `${height * this.scale}px`;
      this.context = this.canvas.getContext('2d');
      this.image = this.context.createImageData(width, height);
      this.pixels = new Int32Array(this.image.data.buffer);
    }
  }

  corner(tile) {
    return [
      Math.floor(tile / this.columns) * (this.height + this.gap),
      (tile % this.columns) * (this.width + this.gap),
    ];
  }

  paint() {
    if (!this.values) return;
    this.late = false;
    const factor = this.most > 0 ? 1 / this.most : 0;
    const {pixels, values, index, height, width, canvas} = this;
    for (let tile = 0; tile < this.tiles; tile++) {
      const [top, left] = this.corner(tile);
      for (let y = 0; y < height; y++) {
        let to = (top + y) * canvas.width + left;
        for (let x = 0; x < width; x++) pixels[to++] = signed(values[index(tile, y, x)], factor);
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  unit(event) {
    const x = Math.floor(event.offsetX / this.scale);
    const y = Math.floor(event.offsetY / this.scale);
    const column = Math.floor(x / (this.width + this.gap));
    const row = Math.floor(y / (this.height + this.gap));
    const tile = row * this.columns + column;
    const unit = {tile, y: y % (this.height + this.gap), x: x % (this.width + this.gap)};
    return tile < this.tiles && unit.y < this.height && unit.x < this.width ? unit : null;
  }

  value({tile, y, x}) {
    return this.values?.[this.index(tile, y, x)];
  }

  text(unit) {
    return `${this.name(unit.tile, unit.y, unit.x)} = ${number(this.value(unit))}`;
  }

  hover(event) {
    const unit = this.unit(event);
    this.canvas.title = unit && this.values ? this.text(unit) : '';
  }

  click(event) {
    const unit = this.unit(event);
    if (unit) this.select(unit, true);
  }

  key(event) {
    const {tile, y, x} = this.cursor;
    const single = this.height === 1 && this.width === 1;
    const columns = single ? this.columns : 1;
    const moves = single
      ? {ArrowLeft: {tile: tile - 1}, ArrowRight: {tile: tile + 1}, ArrowUp: {tile: tile - columns}, ArrowDown: {tile: tile + columns}}
      : {ArrowLeft: {x: x - 1}, ArrowRight: {x: x + 1}, ArrowUp: {y: y - 1}, ArrowDown: {y: y + 1}, PageUp: {tile: tile - 1}, PageDown: {tile: tile + 1}};
    if (event.key in moves) {
      const to = {...this.cursor, ...moves[event.key]};
      if (to.tile < 0 || to.tile >= this.tiles || to.y < 0 || to.y >= this.height || to.x < 0 || to.x >= this.width) return;
      this.select(to, false);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.select(this.cursor, true);
    } else return;
    event.preventDefault();
  }

  select(unit, chosen) {
    this.cursor = unit;
    this.frame(this.mark, unit.tile, unit.y, unit.x, 1, 1);
    document.getElementById('status').textContent = this.text(unit);
    if (chosen && this.choose) this.choose(unit.tile, unit.y, unit.x);
  }

  /** Puts a frame around pixels of a tile, as far as they are in it. */
  frame(mark, tile, y, x, rows, columns) {
    const top = Math.max(0, y);
    const left = Math.max(0, x);
    const bottom = Math.min(this.height, y + rows);
    const right = Math.min(this.width, x + columns);
    mark.hidden = tile < 0 || tile >= this.tiles || bottom <= top || right <= left;
    if (mark.hidden) return;
    const [row, column] = this.corner(tile);
    mark.style.top = `${2 + (row + top) * this.scale}px`;
    mark.style.left = `${2 + (column + left) * this.scale}px`;
    mark.style.height = `${(bottom - top) * this.scale}px`;
    mark.style.width = `${(right - left) * this.scale}px`;
  }

  /** Shows from where a number of another layer comes. */
  source(tile, y, x, rows, columns) {
    this.frame(this.from, tile, y, x, rows, columns);
  }

  clearMarks() {
    this.mark.hidden = this.from.hidden = true;
  }
}

/** The feature maps of a layer, or the gradient with respect to them. */
export function layerTiles(node, symbol, choose) {
  const [height, width] = node.shape;
  const pixels = height * width;
  return new Tiles({
    label: `${symbol} of layer ${node.name}, ${node.text}`,
    tiles: node.shown,
    height,
    width,
    index: (tile, y, x) => tile * pixels + y * width + x,
    name: (tile, y, x) => (pixels === 1 ? `${symbol}[${tile}]` : `${symbol}[${y},${x},${tile}]`),
    choose,
  });
}

/** What belongs to a layer among the floats of a message. */
export function layerValues(message, node, place) {
  const at = message.head.maps[place].at;
  return message.floats.subarray(at, at + node.shown * node.shape[0] * node.shape[1]);
}
