/** A response, with its body read. */
export interface HttpResponse {
  readonly status: number;
  /** Parsed where it is JSON. */
  readonly body: ReturnType<JSON['parse']>;
  readonly setCookies: readonly string[];
}

/** Keeps cookies as a browser does: by host, whatever the port, so that one session is shown to Django and to Nest alike. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(
    /** Called before each request. */
    private readonly before: () => Promise<unknown> = async () => undefined,
  ) {}

  get(url: string): Promise<HttpResponse> {
    return this.send('GET', url);
  }

  post(url: string, body: unknown = {}): Promise<HttpResponse> {
    return this.send('POST', url, JSON.stringify(body));
  }

  /** The session cookie. */
  get sessionId(): string | undefined {
    return this.cookies.get('sessionid');
  }

  private async send(method: string, url: string, body?: string): Promise<HttpResponse> {
    await this.before();
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie ? { cookie } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const setCookies = response.headers.getSetCookie();
    for (const line of setCookies) this.keep(line);
    const text = await response.text();
    return { status: response.status, body: isJson(response) ? JSON.parse(text) : text, setCookies };
  }

  private keep(line: string): void {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair!.indexOf('=');
    const [name, value] = [pair!.slice(0, at), pair!.slice(at + 1)];
    const maxAge = attributes.find((attribute) => /^max-age=/i.test(attribute))?.slice('max-age='.length);
    if (value === '' || value === '""' || (maxAge !== undefined && Number(maxAge) <= 0)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.includes('json') ?? false;
}
