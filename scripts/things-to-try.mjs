/** What `npm start` prints when the demo listens. */

export function onSentinel({ listening: url, location, primary }) {
  return guide(url, `one primary, two replicas, three sentinels: ${location}`, [
    ['Open it, press "Kill the primary", and see how long writes pause; press "Bring all back" when you like:', url],
    slowPage(url),
    [
      `The same from a terminal: kill the primary (port ${primary.port}), go on counting, and see who took over:`,
      `kill -9 ${primary.pid}`,
      `curl -X POST -b csrftoken=me -H 'X-CSRFToken: me' ${url}/counters/visits`,
      `curl ${url}/operations/topology`,
    ],
    shopping(url, 'before and after that, you stay logged in'),
  ]);
}

export function onOwnSettings(url, file) {
  return guide(url, `the settings of ${file}`, [
    slowPage(url),
    counting(url),
    topologyOf(url),
    shopping(url, 'where SECRET_KEY is set'),
  ]);
}

export function onLocmem(url) {
  return guide(url, 'locmem, the memory of this process: no Redis', [
    slowPage(url),
    counting(url),
    topologyOf(url),
    shopping(url),
  ]);
}

function slowPage(url) {
  return [
    'A slow response, cached: the second one is fast:',
    ...Array(2).fill(`curl -s -o /dev/null -w '%{time_total} s\\n' ${url}/products`),
  ];
}

function counting(url) {
  return ['Count in the cache:', `curl -X POST -b csrftoken=me -H 'X-CSRFToken: me' ${url}/counters/visits`];
}

function shopping(url, remark) {
  return [`Log in and fill a cart${remark ? `; ${remark}` : ''}:`, `${url}/account   (ada, engine-1843)`];
}

function topologyOf(url) {
  return ['See what the cache stands on:', `curl ${url}/operations/topology`];
}

function guide(url, standsOn, things) {
  const numbered = things.flatMap(([what, ...lines], index) => [
    `  ${index + 1}. ${what}`,
    ...lines.map((line) => `       ${line}`),
  ]);
  return [
    '',
    `The demo is at ${url}`,
    `(on ${standsOn})`,
    '',
    ...numbered,
    '',
    'Ctrl-C stops everything and leaves nothing behind.',
    '',
  ].join('\n');
}
