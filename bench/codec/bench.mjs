/**
 * Codecs side by side: the processor time that it takes to turn the value of an entry into bytes and back, in one process, contenders in turn.
 * Prints microseconds and ratios to JSON.stringify and JSON.parse with the way to bytes and back, each the median of the rounds. Asserts nothing:
 * machines differ.
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
const BASE = 'JSON and bytes';

/** Short JSON is sent as text, so it comes as text; it is read from bytes, as Redis sends them. */
function ours(name, options) {
  const codec = createValueCodec(findSerializer(name, options));
  return { encode: (value) => codec.encodeEntry(value), decode: (bytes) => codec.decode(bytes) };
}

/** All are measured by the second, which does what a cache needs: values to bytes and back. */
const CONTENDERS = {
  'JSON, text alone': { encode: JSON.stringify, decode: JSON.parse, reads: String },
  [BASE]: {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
  },
  'v8.serialize': { encode: serialize, decode: deserialize },
  'our pickle 5': ours('pickle', { pickleVersion: 5 }),
  'our JSON': ours('json'),
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Microseconds of processor time a call: as many calls as fit into the slice. */
function time(call, input, batch) {
  let calls = 0;
  const started = process.cpuUsage();
  let spent = 0;
  while (spent < SLICE_MS * 1000) {
    for (let at = 0; at < batch; at += 1) call(input);
    calls += batch;
    const { user, system } = process.cpuUsage(started);
    spent = user + system;
  }
  return spent / calls;
}

function measure({ value }) {
  const jobs = Object.entries(CONTENDERS).flatMap(([name, { encode, decode, reads = Buffer.from }]) => {
    const bytes = reads(encode(value));
    return [
      { name, step: 'encode', call: encode, input: value, times: [] },
      { name, step: 'decode', call: decode, input: bytes, times: [] },
    ];
  });
  const batch = Array.isArray(value) ? 5 : 200;
  // Optimised code comes from threads of V8's own, which may have to wait on a busy machine.
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) for (const { call, input } of jobs) time(call, input, batch);
  for (let round = 0; round < ROUNDS; round += 1) for (const job of jobs) job.times.push(time(job.call, job.input, batch));
  const timesOf = (name, step) => jobs.find((job) => job.name === name && job.step === step).times;
  return {
    of: (name, step) => median(timesOf(name, step)),
    /** Of each round by itself: what slowed one round slowed both. */
    ratio: (name, step) => median(timesOf(name, step).map((each, round) => each / timesOf(BASE, step)[round])),
  };
}

function print(sample, { of, ratio }) {
  const size = Buffer.byteLength(JSON.stringify(sample.value));
  console.log(`\n${sample.name} (${size} bytes of JSON)${sample.plain ? '' : '; JSON gives its dates back as text'}`);
  const figures = (name) => ({
    'encode us': Number(of(name, 'encode').toPrecision(3)),
    'x JSON.stringify': Number(ratio(name, 'encode').toFixed(2)),
    'decode us': Number(of(name, 'decode').toPrecision(3)),
    'x JSON.parse': Number(ratio(name, 'decode').toFixed(2)),
  });
  console.table(Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, figures(name)])));
}

console.log(`Node ${process.version}, load ${loadavg()[0].toFixed(1)}, ${ROUNDS} rounds of ${SLICE_MS} ms`);
for (const sample of SAMPLES) print(sample, measure(sample));
