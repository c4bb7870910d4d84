/** A browser as far as sessions need one: it keeps cookies, and forgets those that the server ends. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  /** The last Set-Cookie line, if the last response had one. */
  setCookie: string | undefined;

  constructor(private readonly origin: string) {}

  async get<T = Record<string, unknown>>(path: string): Promise<{ status: number; body: T }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(this.origin + path, { headers: cookie ? { cookie } : {}, signal: AbortSignal.timeout(10_000) });
    const lines = response.headers.getSetCookie();
    this.setCookie = lines.at(-1);
    for (const line of lines) this.take(line);
    const text = await response.text();
    return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as T };
  }

  /** Another request at the same time, with the cookies of now. */
  again(): Visitor {
    const twin = new Visitor(this.origin);
    for (const [name, value] of this.cookies) twin.cookies.set(name, value);
    return twin;
  }

  /** When the last cookie ends, in milliseconds since the epoch, as far as a header tells: whole seconds. */
  get cookieEndsAt(): number {
    return Date.parse(/Expires=([^;]+)/i.exec(this.setCookie ?? '')?.[1] ?? '');
  }

  private take(line: string): void {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    if (Date.parse(/Expires=([^;]+)/i.exec(line)?.[1] ?? '') <= Date.now()) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
