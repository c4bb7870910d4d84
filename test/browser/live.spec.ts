import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressInfo, Server } from 'node:net';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { en } from '../../apps/demo/src/pages/texts.en.js';
import { zh } from '../../apps/demo/src/pages/texts.zh.js';
import { startDemoOnSentinel } from '../demo/demo-on-sentinel.js';
import { englishWords } from '../demo/english-words.js';
import { until } from '../demo/running-demo.js';
import { Person } from './person.js';

/** `BROWSER_ROUNDS=10 npm run test:browser -- live`: everything so often in a row. */
const ROUNDS = Number(process.env.BROWSER_ROUNDS ?? 1);
const ROUND_LIMIT_MS = 150_000;

interface Window {
  readonly width: number;
  readonly language: 'en' | 'zh-CN';
  readonly dark: boolean;
}

const WINDOWS: Readonly<Record<Platform, readonly Window[]>> = {
  express: [
    { width: 1280, language: 'en', dark: false },
    { width: 390, language: 'zh-CN', dark: true },
  ],
  fastify: [
    { width: 390, language: 'en', dark: false },
    { width: 1280, language: 'zh-CN', dark: true },
  ],
};

/** A person who looks at the live page and presses its buttons. */
class Watching {
  constructor(private readonly person: Person) {}

  async press(action: string): Promise<void> {
    const button = this.person.page.locator(`[data-drill=${action}]`);
    await until(`${action} can be pressed`, () => button.isEnabled());
    await button.click();
  }

  /** Waits until the figure of another failover than the one in `before` is there; returns its sentence. */
  async moved(before: string, meanwhile: () => Promise<void> = async () => {}): Promise<string> {
    await until('the figure of this failover is there', async () => {
      await meanwhile();
      return (await this.sentence()) !== before;
    });
    expect(await this.person.textOf('#figure')).toMatch(/^[\d.]+ (?:ms|毫秒)$/);
    return this.sentence();
  }

  /** Presses it once more where the page says that the sentinels did not agree, as a person would. */
  async again(action: string, problem: string): Promise<void> {
    if ((await this.person.textOf('#drilled')) === problem) await this.press(action);
  }

  async whole(): Promise<void> {
    await until('six servers are up', async () => (await this.count('.up')) === 6);
  }

  count(state: string): Promise<number> {
    return this.person.page.locator(`#picture .node${state}:not(.app)`).count();
  }

  injured(state: string): Promise<number> {
    return this.person.page.locator('#picture .node.down').filter({ hasText: state }).count();
  }

  sentence(): Promise<string> {
    return this.person.textOf('#recovery');
  }

  async looksRight(): Promise<void> {
    expect(await this.person.sidewaysScroll()).toBe(0);
    expect(await this.person.smallTargets()).toEqual([]);
    expect(await this.person.accessibilityProblems()).toEqual([]);
  }
}

describe.each<Platform>(['express', 'fastify'])('the live page on %s', (platform) => {
  let stop: () => Promise<void>;
  let url: string;
  let person: Person;

  beforeAll(async () => {
    const started = await startDemoOnSentinel(platform);
    ({ stop } = started);
    url = `http://127.0.0.1:${((started.demo.app.getHttpServer() as Server).address() as AddressInfo).port}`;
  }, 400_000);
  afterEach(async () => {
    const complaints = [...person.complaints, ...person.strayRequests];
    await person.leave();
    expect(complaints).toEqual([]);
  });
  afterAll(() => stop());

  describe.each(WINDOWS[platform])('$width pixels wide in $language, dark: $dark', ({ width, language, dark }) => {
    const texts = language === 'en' ? en : zh;
    const name = `live-${width}-${texts.lang}-${dark ? 'dark' : 'light'}`;

    const drillsInARow = async (watching: Watching): Promise<void> => {
      await watching.whole();
      let sentence = await watching.sentence();
      for (const action of ['kill', 'hang'] as const) {
        await watching.press(action);
        sentence = await watching.moved(sentence);
        const injured = texts.live.states[action === 'kill' ? 'killed' : 'hung'];
        expect(await watching.injured(injured)).toBe(1);
        await person.picture(`${name}-${action}`);
        await watching.press('bring-back');
        await watching.whole();
      }
      await watching.press('failover');
      await watching.moved(sentence, () => watching.again('failover', texts.live.problems['not-agreed']));
      await watching.whole();
    };

    it(
      'kills, hangs and moves the primary and brings all back, without a terminal, and says how long writes paused',
      async () => {
        person = await Person.arrive(url, { width, language, dark });
        expect(await person.open('/')).toBe(200);
        expect(await person.textOf('#minute')).toBe(texts.page.chartTitle);
        const watching = new Watching(person);
        await watching.whole();
        await person.watchPlace('[data-drill=bring-back]');
        for (let round = 0; round < ROUNDS; round += 1) await drillsInARow(watching);
        // A button that moves away under the pointer is missed.
        expect(await person.places()).toHaveLength(1);
        // Just after a failover the near cache is being armed anew, and Redis answers.
        await until('the near cache has it', async () => {
          await person.page.getByRole('button', { name: texts.page.ask, exact: true }).click();
          return (await person.textOf('#way-near')).includes(texts.live.from.near);
        });
        expect(await person.textOf('#way-page')).toContain(texts.live.from.hit);
        await watching.looksRight();
        if (texts === zh) expect(englishWords(await person.words())).toEqual([]);
        await person.picture(`${name}-moved`);
        await person.page.locator('#told li').first().waitFor();
        for (const line of await person.page.locator('#told li').allTextContents())
          expect(line).not.toMatch(/\{\w+\}|^\S+ [a-z-]+$/);
      },
      ROUND_LIMIT_MS * ROUNDS,
    );

    it('has an account page that is as readable', async () => {
      person = await Person.arrive(url, { width, language, dark });
      await person.open('/account');
      const watching = new Watching(person);
      await watching.looksRight();
      await person.page.getByLabel(texts.account.name, { exact: true }).fill('ada');
      await person.page.getByLabel(texts.account.password, { exact: true }).fill('engine-1843');
      await person.press(texts.account.logIn);
      await person.press(texts.account.add);
      await watching.looksRight();
      await person.picture(`${name.replace('live', 'account')}`);
    });
  });
});
