import type { SessionRepository, SessionRow } from '../../../libs/sentinel-cache/src/session/engines/session-repository.js';

type Method = keyof SessionRepository;

/** A real repository that counts its calls and does something between the database's answer and the engine's next step. */
export class GatedRepository implements SessionRepository {
  readonly calls: Method[] = [];
  private readonly afters = new Map<Method, () => Promise<unknown>>();

  constructor(private readonly inner: SessionRepository) {}

  /** Once, after the next call of the method was answered. */
  after(method: Method, work: () => Promise<unknown>): void {
    this.afters.set(method, work);
  }

  find(key: string, now: Date): Promise<SessionRow | undefined> {
    return this.through('find', () => this.inner.find(key, now));
  }

  insert(key: string, row: SessionRow): Promise<boolean> {
    return this.through('insert', () => this.inner.insert(key, row));
  }

  updateIfUnchanged(key: string, text: string, row: SessionRow, now: Date): Promise<boolean> {
    return this.through('updateIfUnchanged', () => this.inner.updateIfUnchanged(key, text, row, now));
  }

  delete(key: string): Promise<boolean> {
    return this.through('delete', () => this.inner.delete(key));
  }

  exists(key: string): Promise<boolean> {
    return this.through('exists', () => this.inner.exists(key));
  }

  deleteExpired(now: Date): Promise<void> {
    return this.through('deleteExpired', () => this.inner.deleteExpired(now));
  }

  private async through<T>(method: Method, call: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    const answer = await call();
    const work = this.afters.get(method);
    this.afters.delete(method);
    await work?.();
    return answer;
  }
}
