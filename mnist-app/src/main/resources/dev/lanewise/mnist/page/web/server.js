/** Talks to the server. */

let key;

export class ServerError extends Error {}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ServerError('The server does not answer. Is it still running?');
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    const message = answer.error ?? `the server answers ${response.status}`;
    const file = /^\S+\.\w+:/.test(message); // a name is left as it is
    throw new ServerError(`${file ? message[0] : message[0].toUpperCase()}${message.slice(1)}.`);
  }
  return response;
}

function address(action, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return `/api/visitors/${key}/${action}${query ? `?${query}` : ''}`;
}

/** Begins a visit; returns what may be chosen for a training. */
export async function visit() {
  const answer = await (await ask('/api/visitors', {method: 'POST'})).json();
  key = answer.key;
  return answer.training;
}

export async function get(action, parameters) {
  return (await ask(address(action, parameters))).json();
}

/** Sends JSON or bytes; returns JSON. */
export async function post(action, body = {}, parameters = undefined) {
  return (await send(action, body, parameters)).json();
}

function send(action, body, parameters) {
  const bytes = body instanceof Blob || ArrayBuffer.isView(body);
  return ask(address(action, parameters), {method: 'POST', body: bytes ? body : JSON.stringify(body)});
}

/** Sends JSON or bytes; returns a JSON object and the floats that it refers to. */
export async function postForFloats(action, body, parameters) {
  const buffer = await (await send(action, body, parameters)).arrayBuffer();
  const length = new DataView(buffer).getInt32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return {head, floats: new Float32Array(buffer, 4 + length)};
}

export function events() {
  return new EventSource(address('events'));
}
