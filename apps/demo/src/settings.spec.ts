import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readAccountSettings } from './account/account-settings.js';
import { readSettings, settingsOn } from './settings.js';

const DOCKER_FILE = join(import.meta.dirname, '../../../docker/demo-settings.json');
const DOCKER_SENTINELS = '127.0.0.1:26379,127.0.0.1:26380,127.0.0.1:26381';

it('gives the demo in Docker the same caches and sessions on the sentinels there, and a key', () => {
  const { SECRET_KEY, ...rest } = JSON.parse(readFileSync(DOCKER_FILE, 'utf8')) as Record<string, unknown>;
  expect(rest).toEqual(settingsOn(DOCKER_SENTINELS));
  expect(SECRET_KEY).toEqual(expect.any(String));
});

it('can use the settings of the demo in Docker, with logins', async () => {
  expect(readAccountSettings(await readSettings({ DEMO_SETTINGS: DOCKER_FILE })).missing).toEqual([]);
});
