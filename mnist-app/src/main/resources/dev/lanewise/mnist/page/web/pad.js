/** The drawing pad: strokes by mouse, finger, pen or keys. */
import {onColours} from './palette.js';
import {say} from './text.js';

const SIDE = 280;
const PEN = 22;
const KEY_STEP = 10;

/** Digits as lines, in hundredths of the pad, for the keys 0 to 9. */
const DIGITS = {
  0: [[50, 18, 36, 24, 29, 42, 29, 60, 37, 77, 50, 82, 63, 77, 71, 60, 71, 42, 64, 24, 50, 18]],
  1: [[40, 30, 52, 18, 52, 82]],
  2: [[31, 33, 37, 22, 50, 17, 63, 22, 67, 35, 60, 50, 44, 66, 31, 81, 70, 81]],
  3: [[32, 24, 48, 17, 63, 24, 64, 38, 50, 47, 64, 55, 67, 69, 57, 80, 43, 82, 30, 75]],
  4: [[56, 18, 30, 60, 74, 60], [58, 40, 58, 83]],
  5: [[67, 18, 38, 18, 35, 46, 50, 42, 64, 49, 68, 63, 61, 77, 47, 82, 32, 76]],
  6: [[61, 17, 45, 28, 35, 46, 32, 64, 40, 79, 54, 81, 66, 72, 65, 58, 53, 51, 39, 57, 33, 66]],
  7: [[30, 19, 70, 19, 56, 48, 46, 82]],
  8: [[64, 27, 50, 18, 37, 26, 39, 39, 62, 54, 68, 68, 58, 80, 43, 81, 33, 70, 39, 56, 61, 41, 64, 27]],
  9: [[66, 36, 59, 47, 45, 49, 35, 39, 39, 24, 53, 18, 65, 27, 66, 42, 62, 64, 52, 82]],
};

export class Pad {
  /** `changed` is called with the time of the event that changed the drawing. */
  constructor(canvas, pen, changed) {
    this.canvas = canvas;
    this.pen = pen;
    this.changed = changed;
    this.context = canvas.getContext('2d', {willReadFrequently: true});
    this.strokes = []; // each x, y, x, y, ...
    this.cursor = {x: SIDE / 2, y: SIDE / 2, down: false};
    this.ink = new Uint8Array(SIDE * SIDE);
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    // Where the browser has it, the event that does not wait for the next frame.
    const moves = 'onpointerrawupdate' in canvas ? 'pointerrawupdate' : 'pointermove';
    canvas.addEventListener(moves, (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => (this.stroke = null));
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('focus', () => this.showPen(canvas.matches(':focus-visible')));
    canvas.addEventListener('blur', () => this.showPen(false));
    onColours(() => this.redraw());
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  down(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.showPen(false);
    this.stroke = [...this.place(event)];
    this.strokes.push(this.stroke);
    this.redraw();
    this.changed(event.timeStamp);
  }

  move(event) {
    if (!this.stroke) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) this.extend(...this.place(part));
    this.changed(event.timeStamp);
  }

  /** Draws the new piece alone. */
  extend(x, y) {
    const stroke = this.stroke;
    const from = stroke.slice(-2);
    stroke.push(x, y);
    this.line([...from, x, y]);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (event.key in DIGITS) {
      this.write(event.key, event.timeStamp);
    } else if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      const clamp = (value) => Math.max(PEN / 2, Math.min(SIDE - PEN / 2, value));
      this.cursor.x = clamp(this.cursor.x + dx * KEY_STEP);
      this.cursor.y = clamp(this.cursor.y + dy * KEY_STEP);
      this.showPen(true);
      if (this.cursor.down) {
        this.extend(this.cursor.x, this.cursor.y);
        this.changed(event.timeStamp);
      }
    } else if (event.key === ' ') {
      this.cursor.down = !this.cursor.down;
      say(this.cursor.down ? 'Pen down' : 'Pen up');
      this.stroke = this.cursor.down ? [this.cursor.x, this.cursor.y] : null;
      if (this.stroke) this.strokes.push(this.stroke);
      this.showPen(true);
      this.redraw();
      this.changed(event.timeStamp);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.clear(event.timeStamp);
    } else return;
    event.preventDefault();
  }

  showPen(visible) {
    this.pen.hidden = !visible;
    this.pen.classList.toggle('down', this.cursor.down);
    this.pen.style.left = `${this.cursor.x}px`;
    this.pen.style.top = `${this.cursor.y}px`;
  }

  /** Writes a digit in place of the drawing. */
  write(digit, time = performance.now()) {
    this.lift();
    this.strokes = DIGITS[digit].map((line) => line.map((v) => (v * SIDE) / 100));
    this.redraw();
    this.changed(time);
  }

  clear(time = performance.now()) {
    this.lift();
    this.strokes = [];
    this.redraw();
    this.changed(time);
    say('Cleared');
  }

  lift() {
    this.stroke = null;
    this.cursor.down = false;
    this.pen.classList.remove('down');
  }

  get empty() {
    return this.strokes.length === 0;
  }

  line(points) {
    const context = this.context;
    context.strokeStyle = context.fillStyle = getComputedStyle(this.canvas).color;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    if (points.length === 2) {
      context.arc(points[0], points[1], PEN / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    // Through the middles of the pieces, so that corners are round.
    context.moveTo(points[0], points[1]);
    for (let i = 2; i < points.length - 2; i += 2) {
      const x = (points[i] + points[i + 2]) / 2;
      const y = (points[i + 1] + points[i + 3]) / 2;
      context.quadraticCurveTo(points[i], points[i + 1], x, y);
    }
    context.lineTo(points.at(-2), points.at(-1));
    context.stroke();
  }

  redraw() {
    this.context.clearRect(0, 0, SIDE, SIDE);
    for (const stroke of this.strokes) this.line(stroke);
  }

  /** How much ink there is on each pixel, 0 to 255. */
  pixels() {
    const rgba = this.context.getImageData(0, 0, SIDE, SIDE).data;
    for (let i = 0; i < this.ink.length; i++) this.ink[i] = rgba[4 * i + 3];
    return {height: SIDE, width: SIDE, ink: this.ink};
  }
}
