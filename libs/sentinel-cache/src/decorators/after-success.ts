import { concat, concatMap, defer, EMPTY, from, ignoreElements, isObservable, map, of, type Observable } from 'rxjs';

/** What is done with a result before the caller gets it. */
type Work = (result: unknown) => Promise<void>;

/**
 * Does something when what a method gave has succeeded, and before its caller sees that: a promise when it
 * resolves; an Observable with its first value, since a caller may want no other, and at its end when there
 * were more; an iterator when it ends or is left. Nothing is done for an error.
 */
export function afterSuccess(given: unknown, work: Work): unknown {
  if (isObservable(given)) return afterValues(given, work);
  if (isIterator(given)) return afterItems(given, work);
  if (isThenable(given)) return Promise.resolve(given).then((result) => afterSuccess(result, work));
  return work(given).then(() => given);
}

/** Whether a caller waits for what a method gave: a promise, an Observable, or an iterator. */
export function isAsynchronous(given: unknown): boolean {
  return isThenable(given) || isObservable(given) || isIterator(given);
}

function afterValues(source: Observable<unknown>, work: Work): Observable<unknown> {
  return defer(() => {
    let count = 0;
    let last: unknown;
    const values = from(source).pipe(
      concatMap((value) => {
        count++;
        last = value;
        return count === 1 ? from(work(value)).pipe(map(() => value)) : of(value);
      }),
    );
    const end = defer(() => (count === 1 ? EMPTY : from(work(last)).pipe(ignoreElements())));
    return concat(values, end);
  });
}

async function* afterItems(source: AsyncGenerator, work: Work): AsyncGenerator {
  let hasFailed = false;
  try {
    return (yield* source) as unknown;
  } catch (error) {
    hasFailed = true;
    throw error;
  } finally {
    if (!hasFailed) await work(undefined);
  }
}

function isThenable(given: unknown): given is PromiseLike<unknown> {
  return typeof (Object(given) as { then?: unknown }).then === 'function';
}

/** An iterator that runs as it is asked: a stream of Node runs by itself. */
export function isIterator(given: unknown): given is AsyncGenerator {
  const object = Object(given) as { next?: unknown; [Symbol.asyncIterator]?: unknown };
  return typeof object.next === 'function' && typeof object[Symbol.asyncIterator] === 'function';
}
