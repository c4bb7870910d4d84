import { readClientName } from './connection-arguments.js';
import { readDurationMs, readInteger } from './read-values.js';
import type { GateConfig } from './resolved-settings.js';
import type { SettingReader } from './setting-reader.js';
import { NOT_BUILT_OPTIONS } from './unsupported-options.js';
import { DEFAULTS } from './defaults.js';

/** The camelCase keys of OPTIONS, which Django does not have. */
export interface OwnOptions {
  readonly deadlineMs: number | undefined;
  readonly gate: GateConfig;
  readonly clientName: string | undefined;
}

/** Reads our own options of a cache on Redis, and refuses those that are not built. */
export function readOwnOptions(options: SettingReader): OwnOptions {
  const own: OwnOptions = {
    deadlineMs: readDurationMs(options, 'deadline'),
    gate: readGate(options.sub('gate')),
    clientName: readClientName(options, 'clientName'),
  };
  options.refuseAll(NOT_BUILT_OPTIONS, 'nothing: this option is not built yet');
  return own;
}

function readGate(gate: SettingReader): GateConfig {
  const bound = (name: keyof GateConfig) => readInteger(gate, name, { min: 1 }) ?? DEFAULTS.gate[name];
  const config: GateConfig = {
    queuedCommands: bound('queuedCommands'),
    queuedBytes: bound('queuedBytes'),
    inFlightCommands: bound('inFlightCommands'),
    inFlightBytes: bound('inFlightBytes'),
  };
  gate.rejectUnknown();
  return Object.freeze(config);
}
