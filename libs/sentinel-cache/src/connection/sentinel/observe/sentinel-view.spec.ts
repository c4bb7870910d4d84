import { describe, expect, it } from '@jest/globals';

import { ReplyError } from '../../resp/reply.js';
import { askForView } from './sentinel-view.js';

const same = <T>(address: T): T => address;
const refusal = (message: string): Error => new ReplyError(message);

const MASTER = 'name mymaster ip 10.0.0.1 port 6379 flags master config-epoch 3 num-other-sentinels 2 quorum 2'.split(' ');
const REPLICAS = [
  'ip 10.0.0.2 port 6379 flags slave master-link-status ok slave-repl-offset 17738'.split(' '),
  'ip 10.0.0.3 port 6379 flags s_down,slave,disconnected master-link-status err'.split(' '),
];

const ask =
  (replies: Record<string, unknown>) =>
  (...[word]: [string, ...string[]]): Promise<unknown> =>
    replies[word] instanceof Error ? Promise.reject(replies[word]) : Promise.resolve(replies[word]);

describe('askForView', () => {
  it('reads epoch, quorum, replicas and flags', async () => {
    const view = await askForView(
      ask({ MASTER, REPLICAS, CKQUORUM: 'OK 3 usable Sentinels. Quorum and failover authorization can be reached' }),
      'mymaster',
      same,
    );
    expect(view).toEqual({
      flags: [],
      configEpoch: 3,
      quorum: 2,
      otherSentinels: 2,
      ckquorum: 'ok',
      replicas: [
        { address: '10.0.0.2:6379', flags: [], linkUp: true },
        { address: '10.0.0.3:6379', flags: ['s_down', 'disconnected'], linkUp: false },
      ],
    });
  });

  it('says why there is no quorum, without what does not belong on a line', async () => {
    const CKQUORUM = refusal('NOQUORUM 1 usable Sentinels.\u001b Not enough available Sentinels to reach the majority');
    const view = await askForView(ask({ MASTER, REPLICAS, CKQUORUM }), 'mymaster', same);
    expect(view.ckquorum).toBe('1 usable Sentinels.\\x1b Not enough available Sentinels to reach the majority');
  });

  it('fault 23: what an ACL forbids is missing, and the rest is there', async () => {
    const denied = refusal("NOPERM this user has no permissions to run the 'sentinel|ckquorum' command");
    expect(await askForView(ask({ MASTER: denied, REPLICAS: denied, CKQUORUM: denied }), 'mymaster', same)).toEqual({
      flags: [],
      configEpoch: null,
      quorum: null,
      otherSentinels: null,
      ckquorum: null,
      replicas: [],
    });
    expect((await askForView(ask({ MASTER, REPLICAS, CKQUORUM: denied }), 'mymaster', same)).replicas).toHaveLength(2);
  });

  it('takes nonsense for nothing known', async () => {
    const view = await askForView(ask({ MASTER: 7, REPLICAS: [['ip'], 'x', null], CKQUORUM: null }), 'mymaster', same);
    expect(view).toMatchObject({ configEpoch: null, replicas: [], ckquorum: null });
  });
});
