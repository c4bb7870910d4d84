import { expect, it } from '@jest/globals';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';

import { RecoveryMeter } from './recovery.js';

const about = (type: string, fields: object = {}): MonitorEvent => ({ type, atMs: 1_000_000, ...fields }) as MonitorEvent;
const switched = about('primary-changed', { from: 'a:1', to: 'b:2', address: 'b:2' });
const moved = about('moved', { from: 'a:1', address: 'b:2' });

it('counts from the announcement to the first write on the new primary, and what was refused since the last one', () => {
  const meter = new RecoveryMeter();
  expect(meter.wrote(100)).toBeUndefined();
  meter.event(about('connection-lost', { address: 'a:1' }), 150);
  meter.failed();
  meter.failed();
  meter.event(switched, 2100);
  meter.event(moved, 2103);
  expect(meter.wrote(2104)).toEqual({
    from: 'a:1',
    to: 'b:2',
    switchedAtMs: 1_000_000,
    afterSwitchMs: 4,
    withoutWritesMs: 2004,
    refused: 2,
  });
  expect(meter.wrote(2150)).toBeUndefined();
});

it('takes no write on the old primary for the first one on the new', () => {
  const meter = new RecoveryMeter();
  meter.event(switched, 1000);
  expect(meter.wrote(1010)).toBeUndefined();
  meter.event(moved, 1015);
  expect(meter.wrote(1018)).toMatchObject({ afterSwitchMs: 18, withoutWritesMs: 8, refused: 0 });
});

it('measures where the connection moved before the announcement was heard', () => {
  const meter = new RecoveryMeter();
  meter.wrote(900);
  meter.event(moved, 950);
  expect(meter.wrote(960)).toBeUndefined();
  meter.event(switched, 1000);
  expect(meter.wrote(1020)).toMatchObject({ afterSwitchMs: 20 });
});

it('starts again with the next announcement where the first new primary was lost before a write', () => {
  const meter = new RecoveryMeter();
  meter.event(switched, 1000);
  meter.event(about('primary-changed', { from: 'b:2', to: 'c:3', address: 'c:3' }), 5000);
  meter.event(about('moved', { from: 'a:1', address: 'c:3' }), 5002);
  expect(meter.wrote(5003)).toMatchObject({ to: 'c:3', afterSwitchMs: 3 });
});
