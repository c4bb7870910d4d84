import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type BrowserContext, type ConsoleMessage, type Page } from 'playwright-core';

import { findChromium } from './find-chromium.js';

const PATIENCE_MS = 10_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PersonOptions {
  /** True unless said otherwise. */
  readonly javaScript?: boolean;
  readonly dark?: boolean;
  /** What the browser asks for; English unless said otherwise. */
  readonly language?: 'en' | 'zh-CN';
  /** Width of the window in CSS pixels: 1100 unless said otherwise. */
  readonly width?: number;
}

/** Somebody at a Chromium of their own, which forgets everything when they leave. */
export class Person {
  /** What the browser complained of: scripts and styles that a policy stopped, errors in scripts. */
  readonly complaints: string[] = [];
  /** Requests to anywhere but the demo. */
  readonly strayRequests: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly folder: string,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => this.hear(message));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && origin !== url) this.strayRequests.push(request.url());
    });
  }

  static async arrive(url: string, options: PersonOptions = {}): Promise<Person> {
    const { javaScript = true, dark = false, language = 'en', width = 1100 } = options;
    const executablePath = await findChromium();
    const folder = await mkdtemp(join(tmpdir(), 'sentinel-cache-chromium-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath,
      args: ARGS,
      javaScriptEnabled: javaScript,
      colorScheme: dark ? 'dark' : 'light',
      locale: language,
      viewport: { width, height: 760 },
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Person(context.pages()[0] ?? (await context.newPage()), context, folder, url);
  }

  async leave(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Opens a page of the demo; gives back the status. */
  async open(path = '/account'): Promise<number> {
    const response = await this.page.goto(`${this.url}${path}`);
    return response?.status() ?? 0;
  }

  async logIn(name: string, password: string): Promise<void> {
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.press('Log in');
  }

  async add(product: string): Promise<void> {
    const select = this.page.getByLabel('Product');
    const label = (await select.locator('option').allTextContents()).find((text) => text.startsWith(`${product},`));
    await select.selectOption({ label: label! });
    await this.press('Add to cart');
  }

  /** Presses a button and waits for the page that follows. */
  async press(name: string): Promise<number> {
    const following = this.page.waitForEvent('domcontentloaded');
    const statuses: number[] = [];
    const note = (response: { request(): { isNavigationRequest(): boolean }; status(): number }): void => {
      if (response.request().isNavigationRequest()) statuses.push(response.status());
    };
    this.page.on('response', note);
    await this.page.getByRole('button', { name, exact: true }).click();
    await following;
    this.page.off('response', note);
    return statuses.at(-1) ?? 0;
  }

  /** The cart as the page shows it: name and pieces of each line. */
  async cart(): Promise<string[]> {
    const lines = await this.page.locator('#lines tbody tr').all();
    const text = async (line: (typeof lines)[number]): Promise<string> =>
      `${await line.locator('td').first().innerText()} ${await line.locator('th').innerText()}`;
    return Promise.all(lines.map(text));
  }

  textOf(selector: string): Promise<string> {
    return this.page.locator(selector).innerText();
  }

  /** The cookie that holds the session, as the browser keeps it. */
  async sessionCookie(): Promise<{ value: string; httpOnly: boolean; sameSite: string } | undefined> {
    return (await this.context.cookies()).find(({ name }) => name === 'sessionid');
  }

  /** What axe, the checker of accessibility, finds on the page: rule and place. */
  async accessibilityProblems(): Promise<string[]> {
    // Past the policy of the page, which lets no script in but its own.
    const session = await this.context.newCDPSession(this.page);
    await session.send('Runtime.evaluate', { expression: AXE });
    const expression = `axe.run({ runOnly: ${JSON.stringify(AXE_RULES)} })
      .then(({ violations }) => JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target))))`;
    const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true });
    await session.detach();
    return JSON.parse(String(result.value)) as string[];
  }

  /** All that the page says, but for what is marked as English and lines for a terminal. */
  words(): Promise<string> {
    return this.page.evaluate(`(() => {
      const body = document.body.cloneNode(true);
      for (const each of body.querySelectorAll('script, noscript, pre, [lang=en]')) each.remove();
      const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
      const words = [];
      while (texts.nextNode()) words.push(texts.currentNode.data);
      return words.join(' ');
    })()`);
  }

  /** Notes from now on, twenty times a second, where on the page this stands. */
  async watchPlace(selector: string): Promise<void> {
    await this.page.evaluate(`(() => {
      window.places = new Set();
      setInterval(() => window.places.add(document.querySelector('${selector}').offsetTop), 50);
    })()`);
  }

  /** Every place that was noted, from the top of the page. */
  places(): Promise<number[]> {
    return this.page.evaluate('[...window.places]');
  }

  /** By how many CSS pixels the page is wider than the window. */
  sidewaysScroll(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
  }

  /** What can be touched and is less than 44 CSS pixels high or wide. Links within a sentence may be. */
  smallTargets(): Promise<string[]> {
    return this.page
      .evaluate(`[...document.querySelectorAll('button, select, input:not([type=hidden]), summary, nav a, a.button')]
      .map((target) => [target.textContent.trim().slice(0, 30) || target.id, target.getBoundingClientRect()])
      .filter(([, { width, height }]) => width > 0 && (width < 44 || height < 44))
      .map(([name, { width, height }]) => name + ' ' + Math.round(width) + ' x ' + Math.round(height))`);
  }

  /** Into SCREENSHOTS, where somebody wants to see it. */
  async picture(name: string): Promise<void> {
    const { SCREENSHOTS } = process.env;
    if (SCREENSHOTS) await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }

  /** A status of 503 is what an outage looks like, and no fault of the page. */
  private hear(message: ConsoleMessage): void {
    if (message.type() === 'error' && !/the server responded with a status of/.test(message.text())) {
      this.complaints.push(message.text());
    }
  }
}
