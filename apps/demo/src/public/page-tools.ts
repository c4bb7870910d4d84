/** Runs in the browser, before page-script. Data goes in by textContent alone, never as HTML. */
export const TOOLS = String.raw`
'use strict';
const at = (id) => document.getElementById(id);
const say = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };
const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};
const rows = (id, lists) => at(id).replaceChildren(...lists.map((cells) => {
  const row = document.createElement('tr');
  row.append(...cells);
  return row;
}));

const csrfToken = () => (/(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) || ['', ''])[1];

/** Status 0: the demo itself did not answer. */
async function ask(path, method, body) {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    const options = { method: method || 'GET', cache: 'no-store', signal: AbortSignal.timeout(5000) };
    if (body) Object.assign(options, { body: JSON.stringify(body) });
    if (method) options.headers = { 'x-csrftoken': csrfToken(), ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(path, options);
    const answer = await response.json();
    return { status: response.status, ok: response.ok, answer, cache: response.headers.get('x-cache'), ms: took() };
  } catch {
    return { status: 0, ok: false, answer: { message: 'the demo does not answer' }, cache: null, ms: took() };
  }
}

function listed(id, text) {
  at(id).prepend(element('li', text));
  while (at(id).children.length > 8) at(id).lastChild.remove();
}
const happened = (text) => listed('events', new Date().toLocaleTimeString() + '  ' + text);
`;
