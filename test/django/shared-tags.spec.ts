import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { SharedCaches } from './support/shared-caches.js';

let shared: SharedCaches;
beforeAll(async () => {
  const OPTIONS = { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', tags: true, deadline: '20s' };
  shared = await SharedCaches.start(() => [{ alias: 'tagged', ourEntry: { OPTIONS } }]);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
});

const ours = () => shared.ours('tagged');
const django = <T = Tagged>(method: string, ...args: readonly Tagged[]) => shared.django.call<T>('tagged', method, ...args);
const seconds = (count: number): Tagged => ({ $int: String(count) });

/** What stands in Redis beside an entry. */
const beside = async (key: string): Promise<unknown[]> =>
  (await shared.topology.primary.command('KEYS', `tagged:1:${key}?tags*`)) as unknown[];

describe('an entry with tags, and Django', () => {
  it('is read by Django as any other', async () => {
    await ours().set('read', { name: 'Ada' }, 600, { tags: ['users'] });
    await shared.settle();
    expect(await django('get', 'read')).toEqual(tag({ name: 'Ada' }));
    expect(await django('get_many', ['read', 'none'])).toEqual(tag({ read: { name: 'Ada' } }));
    expect(await django('has_key', 'read')).toBe(true);
    expect(await django('ttl', 'read')).toMatchObject({ $int: expect.stringMatching(/^(?:600|59\d)$/) });
  });

  it('is still there for Django when its tag was invalidated, and for nobody here', async () => {
    await ours().set('ended', 1, 600, { tags: ['ended'] });
    await ours().invalidateTags('ended');
    await shared.settle();
    expect(await django('get', 'ended')).toEqual(seconds(1));
    expect([await ours().get('ended'), await ours().has('ended')]).toEqual([undefined, false]);
  });

  it('has no tags any more once Django has set it', async () => {
    await ours().set('replaced', 'ours', 600, { tags: ['replaced'] });
    await django('set', 'replaced', 'of Django', seconds(600));
    await shared.settle();
    await ours().invalidateTags('replaced');
    expect(await ours().get('replaced')).toBe('of Django');
    await ours().set('ended too', 'ours', 600, { tags: ['replaced'] });
    await ours().invalidateTags('replaced');
    await django('set', 'ended too', 'of Django', seconds(600));
    await shared.settle();
    expect(await ours().get('ended too')).toBe('of Django');
  });

  it('keeps its tags when Django sets the very bytes that were there', async () => {
    await ours().set('same', 'same', 600, { tags: ['same'] });
    await django('set', 'same', 'same', seconds(600));
    await shared.settle();
    expect(await ours().get('same')).toBe('same');
    await ours().invalidateTags('same');
    expect(await ours().get('same')).toBeUndefined();
  });

  it('is gone once Django has deleted it; what stood beside it does no harm to the next one', async () => {
    await ours().set('deleted', 'ours', 600, { tags: ['deleted'] });
    expect(await django('delete', 'deleted')).toBe(true);
    await shared.settle();
    expect([await ours().get('deleted'), await ours().has('deleted')]).toEqual([undefined, false]);
    expect(await beside('deleted')).toHaveLength(1);
    expect(await ours().add('deleted', 'new', 600)).toBe(true);
    await ours().invalidateTags('deleted');
    expect(await ours().get('deleted')).toBe('new');
    expect(await beside('deleted')).toHaveLength(0);
  });

  it('that Django increments has no tags any more, since its bytes are others', async () => {
    await ours().set('count', 5, 600, { tags: ['count'] });
    expect(await django('incr', 'count')).toEqual(seconds(6));
    await shared.settle();
    await ours().invalidateTags('count');
    expect(await ours().get('count')).toBe(6);
  });

  it('is stored in its place by add() of either side: of ours when it has ended, of Django when it is gone', async () => {
    await ours().set('added', 'old', 600, { tags: ['added'] });
    await ours().invalidateTags('added');
    expect(await django('add', 'added', 'of Django', seconds(600))).toBe(false);
    expect(await ours().add('added', 'ours', 600, { tags: ['added'] })).toBe(true);
    await shared.settle();
    expect(await django('get', 'added')).toBe('ours');
  });

  it('is not in what Django clears away by a pattern but for itself: names of tags are no entries of Django', async () => {
    await ours().set('pattern:a', 1, 600, { tags: ['pattern'] });
    expect(await django('delete_pattern', 'pattern:a')).toEqual(seconds(1));
    await shared.settle();
    expect(await ours().get('pattern:a')).toBeUndefined();
  });
});
