import type { AwareDatetime } from '../../values/aware-datetime.js';
import type { Kind } from '../../values/kind.js';
import type { NaiveDatetime } from '../../values/naive-datetime.js';
import type { PythonTime } from '../../values/python-time.js';
import { Unwritable } from '../unserializable-value.js';

/** Digits of `YYYY-MM-DDTHH:MM:SS.fff`, and of its clock: what DjangoJSONEncoder keeps of microseconds. */
const DATETIME_MS = 23;
const CLOCK_MS = 12;
const MICRO_DIGITS = 3;

/**
 * Writes the string that DjangoJSONEncoder makes of one of our values. Throws an Unwritable for those it
 * refuses.
 */
export function jsonAtom(kind: Kind, value: object): string {
  switch (kind) {
    case 'naive-datetime':
      return cutDatetime((value as NaiveDatetime).toString(), (value as NaiveDatetime).microsecond);
    case 'aware-datetime':
      return cutDatetime((value as AwareDatetime).isoformat(), (value as AwareDatetime).microsecond).replace(/\+00:00$/, 'Z');
    case 'time':
      return cutTime(value as PythonTime);
    case 'date':
    case 'timedelta':
      return (value as { toJSON(): string }).toJSON();
    case 'decimal':
    case 'uuid':
    case 'safe-string':
      return (value as { value: string }).value;
    default:
      throw new Unwritable(`JSON has no ${kind}, and Django refuses it too; use the pickle serializer`);
  }
}

function cutDatetime(iso: string, microsecond: number): string {
  return microsecond === 0 ? iso : iso.slice(0, DATETIME_MS) + iso.slice(DATETIME_MS + MICRO_DIGITS);
}

function cutTime(time: PythonTime): string {
  if (time.timezone !== undefined) throw new Unwritable("JSON can't represent timezone-aware times, as in Django");
  return time.microsecond === 0 ? time.toString() : time.toString().slice(0, CLOCK_MS);
}
