import { describe, expect, it } from '@jest/globals';

import { DemotedNodes } from './demoted-nodes.js';

const A = { host: '10.0.0.1', port: 6379 };

describe('DemotedNodes', () => {
  it('names a node once it has been saying for a second that it is no primary', () => {
    const nodes = new DemotedNodes();
    nodes.add(A, 0);
    expect(nodes.lasting(999)).toEqual([]);
    nodes.add(A, 1000);
    expect(nodes.lasting(1000)).toEqual([A]);
  });
  it('forgets what was said ten seconds ago, and begins anew', () => {
    const nodes = new DemotedNodes();
    nodes.add(A, 0);
    expect(nodes.lasting(9999)).toEqual([A]);
    expect(nodes.lasting(10_000)).toEqual([]);
    nodes.add(A, 10_000);
    expect(nodes.lasting(10_500)).toEqual([]);
  });
  it('remembers a bounded number', () => {
    const nodes = new DemotedNodes();
    for (let port = 1; port <= 1000; port += 1) nodes.add({ host: 'h', port }, 0);
    expect(nodes.lasting(1000)).toHaveLength(64);
  });
});
