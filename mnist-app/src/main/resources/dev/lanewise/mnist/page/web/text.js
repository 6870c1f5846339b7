/** Makes elements and writes numbers. */

const ATTRIBUTES = new Set(['list', 'form']); // whose properties cannot be set

/** An element; properties are set, children appended. `class`, `data-*`, `aria-*` and `role` are attributes. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes('-') && !ATTRIBUTES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const MINUS = '\u2212';

/** A number in few characters, with a true minus sign. */
export function number(value, digits = 4) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  let text;
  if (size >= 1e6 || size < 1e-4) text = size.toExponential(2).replace('e-', `e${MINUS}`).replace('e+', 'e');
  else text = size.toFixed(Math.max(0, Math.min(6, digits - Math.max(0, Math.floor(Math.log10(size)) + 1) + (size < 0.1 ? 1 : 0))));
  return (value < 0 ? MINUS : '') + text;
}

export function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

export function count(value) {
  return value.toLocaleString('en');
}

/** Says something to those who listen to the page. */
export function say(text) {
  document.getElementById('status').textContent = text;
}

const trouble = document.getElementById('trouble');

/** Shows what went wrong; nothing to take it back. */
export function complain(error) {
  if (!error && trouble.hidden) return;
  trouble.hidden = !error;
  trouble.textContent = error ? error.message ?? String(error) : '';
}

/** Such as `8 maps of 28 x 28`, `10 values`. */
export function shapeText([height, width, channels]) {
  if (height === 1 && width === 1) return channels === 1 ? '1 value' : `${count(channels)} values`;
  return `${channels === 1 ? '1 map' : `${count(channels)} maps`} of ${height} \u00d7 ${width}`;
}

/** How a kind of layer is called in the code. */
export function kindText(kind) {
  return kind.split('_').map((part) => part[0].toUpperCase() + part.slice(1)).join('');
}
