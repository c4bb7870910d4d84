import type { Page } from '../entry/page.js';
import { countingCookies } from '../policy/cookies.js';
import type { PagesConfig, RequestFacts, RouteRules } from '../policy/route-rules.js';
import type { RequestReads, WatchedRequests } from './watched-request.js';

/** One header or cookie that a page was made of, and that no key covers. */
export interface UnkeyedRead {
  readonly kind: 'header' | 'cookie';
  readonly name: string;
  /** File and line that read it. */
  readonly site: string;
  /** The route whose page it is: class and method. */
  readonly route: string;
}

/** What a stored page was made of. */
export interface StoredRun {
  readonly raw: object;
  readonly request: RequestFacts;
  readonly rules: RouteRules;
  readonly page: Page;
  /** Whether its request was personal, and its response says that it is for everybody. */
  readonly isPersonal: boolean;
}

/** The cache itself obeys them, or they speak of the connection alone. */
const OBEYED: ReadonlySet<string> = new Set([
  'cache-control',
  'pragma',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'range',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
]);
/** How many reads are remembered as told. */
const MOST_TOLD = 1000;

/** Tells, once for each route, what its pages were made of and no key covers. */
export class UnkeyedReads {
  private readonly told = new Set<string>();

  constructor(
    private readonly watched: WatchedRequests,
    private readonly config: PagesConfig,
    private readonly onRead: (read: UnkeyedRead) => void,
  ) {}

  /** Looks at what a page that is stored was made of. */
  judge(run: StoredRun): void {
    const reads = this.watched.of(run.raw);
    if (!reads) return;
    for (const { kind, name, site } of listOf(reads)) {
      const key = `${run.rules.route} ${kind} ${name}`;
      if (this.told.has(key) || this.told.size >= MOST_TOLD || this.isCovered(kind, name, run)) continue;
      this.told.add(key);
      const [controller, method] = JSON.parse(run.rules.route) as [string, string];
      this.onRead({ kind, name, site, route: `${controller}.${method}` });
    }
  }

  private isCovered(kind: 'header' | 'cookie', name: string, { page, rules, request, isPersonal }: StoredRun): boolean {
    const isForAll = rules.shared || isPersonal;
    const varies = (header: string): boolean => page.vary.includes(header);
    if (kind === 'cookie')
      return countingCookies(`${name}=`, this.config.ignoreCookies) !== undefined && (varies('cookie') || !isForAll);
    if (OBEYED.has(name) || varies(name) || rules.takes.includes(name)) return true;
    if (name === 'cookie') return !isForAll && this.config.ignoreCookies.length === 0;
    // Without them a request is not personal: its response is the one that everybody without them gets.
    if (name === 'authorization' || this.config.personalHeaders.includes(name)) return !isForAll;
    const value = String(request.headers[name] ?? '');
    if (name === 'host' || name === 'x-forwarded-host') return value === request.host;
    return name === 'x-forwarded-proto' && value === request.protocol;
  }
}

function listOf({ headers, cookies }: RequestReads): { kind: 'header' | 'cookie'; name: string; site: string }[] {
  return [
    ...[...headers].map(([name, site]) => ({ kind: 'header' as const, name, site })),
    ...[...cookies].map(([name, site]) => ({ kind: 'cookie' as const, name, site })),
  ];
}
