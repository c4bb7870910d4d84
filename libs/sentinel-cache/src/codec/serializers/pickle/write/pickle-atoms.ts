import type { AwareDatetime } from '../../../values/aware-datetime.js';
import type { Complex } from '../../../values/complex.js';
import type { Decimal } from '../../../values/decimal.js';
import type { Kind } from '../../../values/kind.js';
import type { NaiveDatetime } from '../../../values/naive-datetime.js';
import type { PythonDate } from '../../../values/python-date.js';
import type { PythonRange } from '../../../values/python-range.js';
import type { PythonTime } from '../../../values/python-time.js';
import type { SafeString } from '../../../values/safe-string.js';
import type { Timedelta } from '../../../values/timedelta.js';
import type { Timezone } from '../../../values/timezone.js';
import type { Uuid } from '../../../values/uuid.js';
import { Unwritable } from '../../unserializable-value.js';
import { encodeDate, encodeDatetime, encodeTime } from '../scalars/pickle-moments.js';
import type { PickleOutput } from './pickle-output.js';

/** What the writer of single values needs of the writer of all. */
export interface AtomSink {
  readonly protocol: number;
  readonly out: PickleOutput;
  /** Pushes a class. */
  global(module: string, name: string): void;
  /** Pushes a value. */
  push(value: unknown): void;
  /** Pushes bytes that no value holds. */
  pushBytes(bytes: Buffer): void;
  /** Pushes a string that is likely to come again. */
  pushKey(text: string): void;
  /** Makes the upper items a tuple. */
  tuple(length: number): void;
  /** Gives what lies on top a memo number under which the value is found again. */
  remember(value: object): void;
}

const REDUCE = 0x52;
const NEWOBJ = 0x81;

/**
 * Pushes one of our immutable values the way Python pickles its class. The containers among our classes are
 * not its business.
 */
export function writeAtom(kind: Kind, value: object, sink: AtomSink): void {
  const withFold = sink.protocol >= 4;
  switch (kind) {
    case 'naive-datetime':
      return reduce(sink, value, 'datetime', 'datetime', [encodeDatetime(value as NaiveDatetime, withFold)]);
    case 'aware-datetime': {
      const { wall, timezone } = value as AwareDatetime;
      return reduce(sink, value, 'datetime', 'datetime', [encodeDatetime(wall, withFold), timezone]);
    }
    case 'date':
      return reduce(sink, value, 'datetime', 'date', [encodeDate(value as PythonDate)]);
    case 'time': {
      const { timezone } = value as PythonTime;
      const payload = encodeTime(value as PythonTime, withFold);
      return reduce(sink, value, 'datetime', 'time', timezone === undefined ? [payload] : [payload, timezone]);
    }
    case 'timedelta': {
      const { days, seconds, microseconds } = value as Timedelta;
      return reduce(sink, value, 'datetime', 'timedelta', [days, seconds, microseconds]);
    }
    case 'timezone':
      return writeTimezone(value as Timezone, sink);
    default:
      return writePlainAtom(kind, value, sink);
  }
}

function writePlainAtom(kind: Kind, value: object, sink: AtomSink): void {
  switch (kind) {
    case 'decimal':
      return reduce(sink, value, 'decimal', 'Decimal', [(value as Decimal).value]);
    case 'complex':
      sink.global('builtins', 'complex');
      sink.out.float((value as Complex).re);
      sink.out.float((value as Complex).im);
      return finish(sink, value, 2, REDUCE);
    case 'range': {
      const { start, stop, step } = value as PythonRange;
      return reduce(sink, value, 'builtins', 'range', [start, stop, step]);
    }
    case 'safe-string':
      sink.global('django.utils.safestring', 'SafeString');
      sink.push((value as SafeString).value);
      return finish(sink, value, 1, NEWOBJ);
    case 'ellipsis':
      return sink.global('builtins', 'Ellipsis');
    case 'herd-marker':
      sink.global('django_redis.client.herd', 'Marker');
      return finish(sink, value, 0, NEWOBJ);
    case 'uuid':
      return writeUuid(value as Uuid, sink);
    case 'msgpack-extension':
      throw new Unwritable('a MsgpackExtension can only be written by the msgpack serializer');
    default:
      throw new TypeError(`${kind} is no single value`);
  }
}

function reduce(sink: AtomSink, value: object, module: string, name: string, args: readonly unknown[]): void {
  sink.global(module, name);
  for (const argument of args) {
    if (Buffer.isBuffer(argument)) sink.pushBytes(argument);
    else sink.push(argument);
  }
  finish(sink, value, args.length, REDUCE);
}

function finish(sink: AtomSink, value: object, length: number, op: number): void {
  sink.tuple(length);
  sink.out.byte(op);
  sink.remember(value);
}

function writeTimezone(timezone: Timezone, sink: AtomSink): void {
  if (timezone.key === undefined) {
    const args = timezone.name === undefined ? [timezone.offset] : [timezone.offset, timezone.name];
    return reduce(sink, timezone, 'datetime', 'timezone', args);
  }
  // ZoneInfo pickles itself as getattr(ZoneInfo, '_unpickle')(key, from_cache).
  sink.global('builtins', 'getattr');
  sink.global('zoneinfo', 'ZoneInfo');
  sink.pushKey('_unpickle');
  sink.tuple(2);
  sink.out.byte(REDUCE);
  sink.out.memoize();
  sink.push(timezone.key);
  sink.out.integer(1);
  finish(sink, timezone, 2, REDUCE);
}

function writeUuid(uuid: Uuid, sink: AtomSink): void {
  const { out } = sink;
  sink.global('uuid', 'UUID');
  sink.tuple(0);
  out.byte(NEWOBJ);
  sink.remember(uuid);
  out.byte(0x7d); // EMPTY_DICT
  out.memoize();
  sink.pushKey('int');
  sink.push(BigInt(`0x${uuid.value.replaceAll('-', '')}`));
  out.byte(0x73); // SETITEM
  out.byte(0x62); // BUILD
}
