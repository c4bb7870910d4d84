import { describe, expect, it } from '@jest/globals';

import { readPrimarySurvey } from './primary-survey.js';

const same = <T>(address: T): T => address;
const INFO = `# Replication\r
role:master\r
connected_slaves:2\r
slave0:ip=10.0.0.2,port=6379,state=online,offset=16934,lag=1\r
slave1:ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=0\r
master_replid:b8cf34fe8cb38002aa61107fa944f926bb80d6f2\r
master_repl_offset:17738\r
`;

describe('readPrimarySurvey', () => {
  it('reads offsets and acknowledgements of INFO replication', () => {
    expect(readPrimarySurvey(INFO, same)).toEqual({
      offset: 17738,
      replicas: [
        { address: '10.0.0.2:6379', online: true, offset: 16934, acknowledgedMsAgo: 1000 },
        { address: '10.0.0.4:6379', online: false, offset: 0, acknowledgedMsAgo: 0 },
      ],
    });
  });

  it('a replica, or nonsense, is no primary', () => {
    expect(readPrimarySurvey(INFO.replace('role:master', 'role:slave'), same)).toBeNull();
    expect(readPrimarySurvey('hello', same)).toBeNull();
  });
});
