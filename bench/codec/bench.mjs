/**
 * Codecs side by side: how long it takes to turn a value into bytes and back, in one process, contenders in turn, so that a loaded machine
 * slows all of them. Prints microseconds (median of the rounds) and the ratio to JSON.stringify or JSON.parse. Asserts nothing: machines differ.
 *
 *   ROUNDS=15 SLICE_MS=40 npm run bench:codec
 */
import { loadavg } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import { findSerializer } from '../../libs/sentinel-cache/dist/codec/codec-registry.js';
import { createValueCodec } from '../../libs/sentinel-cache/dist/codec/value-codec.js';
import { SAMPLES } from './samples.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 15);
const SLICE_MS = Number(process.env.SLICE_MS ?? 40);
const WARM_UP_ROUNDS = 4;
const BASE = 'JSON';

function ours(name) {
  const codec = createValueCodec(findSerializer(name));
  return { encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes) };
}

/** The first is what the others are measured by: text only, without the way to bytes and back that a cache needs too. */
const CONTENDERS = {
  [BASE]: { encode: JSON.stringify, decode: JSON.parse },
  'JSON and bytes': {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
  },
  'v8.serialize': { encode: serialize, decode: deserialize },
  'our pickle': ours('pickle'),
  "our JSON (Python's)": ours('json'),
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Microseconds a call: as many calls as fit into the slice. */
function time(call, input, batch) {
  let calls = 0;
  const started = performance.now();
  let elapsed = 0;
  while (elapsed < SLICE_MS) {
    for (let at = 0; at < batch; at += 1) call(input);
    calls += batch;
    elapsed = performance.now() - started;
  }
  return (elapsed * 1000) / calls;
}

function measure({ value }) {
  const jobs = Object.entries(CONTENDERS).flatMap(([name, { encode, decode }]) => {
    const bytes = encode(value);
    return [
      { name, step: 'encode', call: encode, input: value, times: [] },
      { name, step: 'decode', call: decode, input: bytes, times: [] },
    ];
  });
  const batch = Array.isArray(value) ? 1 : 200;
  // Optimised code comes from threads of V8's own, which may have to wait on a busy machine.
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) for (const { call, input } of jobs) time(call, input, batch);
  for (let round = 0; round < ROUNDS; round += 1) for (const job of jobs) job.times.push(time(job.call, job.input, batch));
  return (name, step) => median(jobs.find((job) => job.name === name && job.step === step).times);
}

function print(sample, of) {
  const size = Buffer.byteLength(JSON.stringify(sample.value));
  console.log(`\n${sample.name} (${size} bytes of JSON)${sample.plain ? '' : '; JSON gives its dates back as text'}`);
  const figures = (name) => {
    const [encode, decode] = [of(name, 'encode'), of(name, 'decode')];
    return {
      'encode us': Number(encode.toPrecision(3)),
      'x JSON.stringify': Number((encode / of(BASE, 'encode')).toFixed(2)),
      'decode us': Number(decode.toPrecision(3)),
      'x JSON.parse': Number((decode / of(BASE, 'decode')).toFixed(2)),
    };
  };
  console.table(Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, figures(name)])));
}

console.log(`Node ${process.version}, load ${loadavg()[0].toFixed(1)}, ${ROUNDS} rounds of ${SLICE_MS} ms`);
for (const sample of SAMPLES) print(sample, measure(sample));
