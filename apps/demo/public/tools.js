/* What every script here needs. Data goes in by textContent alone, never as HTML. */

export const at = (id) => document.getElementById(id);

export function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function rows(id, lists) {
  at(id).replaceChildren(
    ...lists.map((cells) => {
      const row = document.createElement('tr');
      row.append(...cells);
      return row;
    }),
  );
}

/** `Hello, {name}.` with the value of each name. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** The time of day, in the language of the page. */
export const clock = (ms) =>
  new Date(ms).toLocaleTimeString(document.documentElement.lang, {
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

const csrfToken = () => (/(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) || ['', ''])[1];

/** Asks the demo. Status 0: the demo itself did not answer. `serverMs`: how long it took in there. */
export async function ask(path, { method = 'GET', body, limitMs = 5000 } = {}) {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  const options = { method, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(limitMs) };
  if (method !== 'GET') options.headers['x-csrftoken'] = csrfToken();
  if (body) {
    options.headers['content-type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(path, options);
    const data = await response.json();
    const serverMs = Number(/dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? NaN);
    const cacheStatus = response.headers.get('cache-status') ?? '';
    return { status: response.status, ok: response.ok, data, cacheStatus, serverMs, ms: took() };
  } catch {
    return { status: 0, ok: false, data: {}, cacheStatus: '', serverMs: NaN, ms: took() };
  }
}
