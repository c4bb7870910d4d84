import request from 'supertest';

import type { RunningDemo } from './running-demo.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

interface Who {
  readonly user: { readonly id: number; readonly name: string } | null;
  readonly cart: readonly { readonly product: number; readonly quantity: number }[];
}

/** A person with a browser that keeps the session cookie and sends the token of the page it saw last. */
export class Visitor {
  /** The session key that the cookie holds. */
  key: string | undefined;
  token = '';

  constructor(private readonly demo: RunningDemo) {}

  /** Looks at a page. */
  async open(path = '/account'): Promise<request.Response> {
    return this.keep(await this.sent(request(this.server()).get(path)));
  }

  /** The page as a browser in that language gets it. */
  async openIn(language: string, path: string): Promise<string> {
    const { text } = await this.sent(request(this.server()).get(path), { 'accept-language': language });
    return text;
  }

  /** Sends a form; the fields given stand above the token. */
  async submit(
    path: string,
    fields: Record<string, string | number> = {},
    headers: Record<string, string> = {},
  ): Promise<request.Response> {
    const form = { csrfmiddlewaretoken: this.token, ...fields };
    const test = request(this.server()).post(`/account/${path}`).type('form').send(form);
    return this.keep(await this.sent(test, headers));
  }

  async logIn(name = 'ada', password = 'engine-1843'): Promise<request.Response> {
    await this.open();
    return this.submit('login', { name, password });
  }

  async add(product: number): Promise<request.Response> {
    return this.submit('cart/add', { product });
  }

  /** As a program asks. */
  async whoAmI(): Promise<Who> {
    const { body } = this.keep(await this.sent(request(this.server()).get('/account/whoami'), { accept: 'application/json' }));
    return body as Who;
  }

  private server(): never {
    return this.demo.app.getHttpServer() as never;
  }

  private sent(test: request.Test, headers: Record<string, string> = {}): request.Test {
    if (this.key !== undefined) test.set('Cookie', `sessionid=${this.key}`);
    return test.set({ ...BROWSER, ...headers });
  }

  private keep(response: request.Response): request.Response {
    for (const line of cookieLines(response)) {
      const key = /^sessionid=([^;]*)/.exec(line)?.[1];
      if (key !== undefined) this.key = /Max-Age=0\b/i.test(line) || key === '' ? undefined : key;
    }
    const token = /name="csrfmiddlewaretoken" value="([^"]*)"/.exec(response.text)?.[1];
    if (token !== undefined) this.token = token;
    return response;
  }
}

export function cookieLines(response: request.Response): string[] {
  return (response.headers['set-cookie'] as unknown as string[] | undefined) ?? [];
}
