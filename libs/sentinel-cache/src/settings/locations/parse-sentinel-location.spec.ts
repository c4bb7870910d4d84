import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSentinelLocation } from './parse-sentinel-location.js';

function gotOf(text: string): string | undefined {
  const parsed = parseSentinelLocation(text);
  return 'fault' in parsed ? parsed.fault.got : undefined;
}

describe('parseSentinelLocation', () => {
  it('C-30: reads master name, sentinels and database', () => {
    expect(parseSentinelLocation('mymaster/192.168.1.1:26379,host-2.local:26380/3')).toEqual({
      value: {
        masterName: 'mymaster',
        sentinels: [
          { host: '192.168.1.1', port: 26379 },
          { host: 'host-2.local', port: 26380 },
        ],
        database: 3,
      },
    });
  });

  it('C-50: keeps the case of the master name', () => {
    expect(parseSentinelLocation('MyMaster/h:1/0')).toMatchObject({ value: { masterName: 'MyMaster' } });
  });

  it('C-30: reads an IPv6 address in brackets, which Django can not', () => {
    expect(parseSentinelLocation('m/[::1]:26379,[fe80::1%eth0]:1/0')).toMatchObject({
      value: {
        sentinels: [
          { host: '::1', port: 26379 },
          { host: 'fe80::1%eth0', port: 1 },
        ],
      },
    });
  });

  it.each([
    ['', 'no master name'],
    ['mymaster', 'no sentinels'],
    ['/h:1/0', 'no master name'],
    ['m//0', 'no sentinels'],
    ['m/h:1', 'no database'],
    ['m/h:1/', 'no database'],
    ['m/h/0', 'no port'],
    ['m/h:/0', 'no port number'],
    ['m/h:x/0', 'no port number'],
    ['m/h:0/0', 'no port number'],
    ['m/h:65536/0', 'no port number'],
    ['m/:26379/0', 'no host'],
    ['m/h:1,/0', 'no host'],
    ['m/::1:26379/0', 'no host'],
    ['m/1::2:3/0', 'more than one colon'],
    ['m/h:1, h:2/0', 'white space in it'],
    ['m /h:1/0', 'white space in the master name'],
    ['m/h:1/x', 'a database that is no number'],
    ['m/h:1/-1', 'a database that is no number'],
    ['m/h:1/0/1', 'more than three parts'],
    ['m/:secret@h:1/0', 'an @ in it'],
    [':secret@m/h:1/0', 'an @ in the master name'],
    ['redis://mymaster/0', 'a URL'],
  ])('C-30: refuses %p', (text, got) => {
    expect(gotOf(text)).toBe(got);
  });

  it('C-30: takes a slash at the end', () => {
    expect(parseSentinelLocation('m/h:1/0/')).toMatchObject({ value: { database: 0 } });
  });

  it('C-31: refuses a list that was written as one string, with the remedy, where Django uses database 0', () => {
    const parsed = parseSentinelLocation('m/h:1/0,m/h:2/0');
    expect(parsed).toMatchObject({
      fault: { got: 'a list of locations in one string', remedy: expect.stringContaining('mymaster/host1:26379,host2:26379/0') },
    });
  });

  it('names the sentinel that is wrong', () => {
    expect(parseSentinelLocation('m/a:1,b,c:3/0')).toMatchObject({ fault: { expected: 'host:port for sentinel 2 of 3' } });
  });

  it('never throws, and never repeats the text', () => {
    const grammar = fc
      .array(fc.constantFrom('m', '/', ':', ',', '@', '[', ']', '::1', '26379', '0', ' ', 'S3CRET'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        grammar,
        (text) => !JSON.stringify('fault' in parseSentinelLocation(text) ? parseSentinelLocation(text) : {}).includes('S3CRET'),
      ),
    );
  });
});
