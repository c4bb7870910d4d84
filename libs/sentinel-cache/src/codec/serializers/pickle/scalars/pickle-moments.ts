import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';
import { AwareDatetime } from '../../../values/aware-datetime.js';
import { NaiveDatetime } from '../../../values/naive-datetime.js';
import { PythonDate } from '../../../values/python-date.js';
import { PythonTime } from '../../../values/python-time.js';
import type { Timezone } from '../../../values/timezone.js';

/**
 * Reads the bytes that Python's datetime classes pickle themselves to. Throws a RangeError for a moment that
 * does not exist.
 */
export function decodeDatetime(
  payload: Buffer,
  timezone: Timezone | undefined,
  budget: DecodeBudget,
): NaiveDatetime | AwareDatetime {
  if (payload.length !== 10) throw new RangeError('a datetime is not 10 bytes long');
  const wall = new NaiveDatetime({
    year: payload.readUInt16BE(0),
    month: payload[2]! & 0x7f,
    day: payload[3]!,
    hour: payload[4]!,
    minute: payload[5]!,
    second: payload[6]!,
    microsecond: payload.readUIntBE(7, 3),
    fold: payload[2]! > 0x7f ? 1 : 0,
  });
  if (timezone === undefined) return wall;
  if (timezone.key === undefined) return new AwareDatetime(wall, timezone);
  const before = timezone.lookups;
  const moment = new AwareDatetime(wall, timezone);
  budget.spend((timezone.lookups - before) * COST.zoneLookup);
  return moment;
}

/** Writes the 10 bytes of a datetime; `fold` is written since protocol 4 only, as Python does. */
export function encodeDatetime(wall: NaiveDatetime, withFold: boolean): Buffer {
  const payload = Buffer.allocUnsafe(10);
  payload.writeUInt16BE(wall.year, 0);
  payload[2] = wall.month | (withFold && wall.fold === 1 ? 0x80 : 0);
  payload[3] = wall.day;
  payload[4] = wall.hour;
  payload[5] = wall.minute;
  payload[6] = wall.second;
  payload.writeUIntBE(wall.microsecond, 7, 3);
  return payload;
}

/** Writes the 10 bytes of an instant as the clocks of Greenwich show it. */
export function encodeInstant(date: Date): Buffer {
  const year = date.getUTCFullYear();
  const micros = date.getUTCMilliseconds() * 1000;
  const payload = Buffer.allocUnsafe(10);
  payload[0] = year >> 8;
  payload[1] = year;
  payload[2] = date.getUTCMonth() + 1;
  payload[3] = date.getUTCDate();
  payload[4] = date.getUTCHours();
  payload[5] = date.getUTCMinutes();
  payload[6] = date.getUTCSeconds();
  payload[7] = micros >> 16;
  payload[8] = micros >> 8;
  payload[9] = micros;
  return payload;
}

/** Reads a date from its 4 bytes. */
export function decodeDate(payload: Buffer): PythonDate {
  if (payload.length !== 4) throw new RangeError('a date is not 4 bytes long');
  return new PythonDate(payload.readUInt16BE(0), payload[2]!, payload[3]!);
}

/** Writes the 4 bytes of a date. */
export function encodeDate(date: PythonDate): Buffer {
  return Buffer.from([date.year >> 8, date.year & 0xff, date.month, date.day]);
}

/** Reads a time of day from its 6 bytes. */
export function decodeTime(payload: Buffer, timezone: Timezone | undefined): PythonTime {
  if (payload.length !== 6) throw new RangeError('a time is not 6 bytes long');
  const fold = payload[0]! > 0x7f ? 1 : 0;
  return new PythonTime(payload[0]! & 0x7f, payload[1]!, payload[2]!, payload.readUIntBE(3, 3), { timezone, fold });
}

/** Writes the 6 bytes of a time of day. */
export function encodeTime(time: PythonTime, withFold: boolean): Buffer {
  const payload = Buffer.allocUnsafe(6);
  payload[0] = time.hour | (withFold && time.fold === 1 ? 0x80 : 0);
  payload[1] = time.minute;
  payload[2] = time.second;
  payload.writeUIntBE(time.microsecond, 3, 3);
  return payload;
}
