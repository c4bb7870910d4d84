import { describe, expect, it } from '@jest/globals';
import { findSerializer, SERIALIZER_NAMES } from './codec-registry.js';

const protocolOf = (name: string, pickleVersion?: number) => findSerializer(name, { pickleVersion })!.dumps('x')[1];

describe('codec registry', () => {
  it("W-10: django-redis' pickle writes protocol 4, Django core's 5", () => {
    expect(protocolOf('pickle')).toBe(4);
    expect(protocolOf('django_redis.serializers.pickle.PickleSerializer')).toBe(4);
    expect(protocolOf('django.core.cache.backends.redis.RedisSerializer')).toBe(5);
  });

  it('C-12: PICKLE_VERSION chooses the protocol, -1 is the highest', () => {
    expect([2, 3, 4, 5, -1].map((version) => protocolOf('pickle', version))).toEqual([2, 3, 4, 5, 5]);
    expect(() => protocolOf('pickle', 6)).toThrow(RangeError);
    expect(() => protocolOf('pickle', 0)).toThrow(RangeError);
  });

  it('knows every name it lists, and no other', () => {
    for (const name of SERIALIZER_NAMES) expect(findSerializer(name)).toBeDefined();
    for (const name of ['constructor', '', 'Pickle']) expect(findSerializer(name)).toBeUndefined();
  });
});
