import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JSON_KNOWS, VALUES } from './support/values.js';
import { Tally } from './support/tally.js';
import { PLATFORMS, SERIALIZERS, TwoShops } from './support/two-shops.js';

const SHOPS = SERIALIZERS.flatMap((serializer) => PLATFORMS.map((platform) => [serializer, platform] as const));
const tally = new Tally('sessions');

let shops: TwoShops;
beforeAll(async () => {
  shops = await TwoShops.start();
}, 400_000);
afterAll(async () => {
  await shops?.stop();
  tally.print();
});

describe.each(SHOPS)('%s, Nest on %s beside Django', (serializer, platform) => {
  const django = () => shops.django(serializer);
  const nest = () => shops.nest(serializer, platform);
  const samples = Object.entries(VALUES).filter(([name]) => serializer === 'pickle' || JSON_KNOWS.includes(name));
  const refused = Object.entries(VALUES).filter(([name]) => serializer === 'json' && !JSON_KNOWS.includes(name));
  /** What Django itself reads after writing it: JSON has no tuple and no datetime. */
  const asDjango = async (name: string) => {
    const browser = shops.browser();
    await browser.post(`${django()}/cart`, { [name]: VALUES[name] });
    return (await browser.get(`${django()}/cart`)).body[name];
  };

  it.each(samples)('S-4: %s, written by Django, is read here as Django reads it', async (name, value) => {
    const browser = shops.browser();
    await browser.post(`${django()}/cart`, { [name]: value });
    const { status, body } = await browser.get(`${nest()}/cart`);
    expect(status).toBe(200);
    tally.compare(name, body[name], await asDjango(name));
    if (serializer === 'pickle') tally.compare(name, body[name], value);
  });

  it.each(samples)('S-4: %s, written here, is read by Django as if Django had written it', async (name, value) => {
    const browser = shops.browser();
    expect((await browser.post(`${nest()}/cart`, { [name]: value })).status).toBe(200);
    const { status, body } = await browser.get(`${django()}/cart`);
    expect(status).toBe(200);
    tally.compare(name, body[name], await asDjango(name));
  });

  it.each(samples)('S-4: %s of Django survives that we write another field', async (name, value) => {
    const browser = shops.browser();
    await browser.post(`${django()}/cart`, { [name]: value });
    for (let i = 0; i < 3; i += 1) expect((await browser.post(`${nest()}/touch`)).status).toBe(200);
    const { body } = await browser.get(`${django()}/cart`);
    expect(body.touched).toEqual({ $int: '3' });
    tally.compare(name, body[name], await asDjango(name));
  });

  it.each(samples)('S-4: %s of ours survives that Django writes another field', async (name, value) => {
    const browser = shops.browser();
    await browser.post(`${nest()}/cart`, { [name]: value });
    for (let i = 0; i < 3; i += 1) await browser.post(`${django()}/touch`);
    const { body } = await browser.get(`${nest()}/cart`);
    expect(body.touched).toEqual({ $int: '3' });
    tally.compare(name, body[name], await asDjango(name));
  });

  it('S-4: both count in one session, turn by turn, and nothing is lost', async () => {
    const browser = shops.browser();
    for (let i = 0; i < 5; i += 1) {
      await browser.post(`${nest()}/touch`);
      await browser.post(`${django()}/touch`);
    }
    for (const url of [nest(), django()])
      tally.compare('touched', (await browser.get(`${url}/cart`)).body.touched, { $int: '10' });
  });

  it('S-7: what JSON does not know is refused by both, and nothing is stored', async () => {
    for (const [name, value] of refused) {
      const [one, other] = [shops.browser(), shops.browser()];
      await one.post(`${nest()}/cart`, { before: 'here' });
      await other.post(`${nest()}/cart`, { before: 'here' });
      const statuses = [
        await one.post(`${django()}/cart`, { [name]: value }),
        await other.post(`${nest()}/cart`, { [name]: value }),
      ];
      tally.compare(
        name,
        statuses.map(({ status }) => status >= 500),
        [true, true],
      );
      for (const browser of [one, other]) expect((await browser.get(`${nest()}/cart`)).body).toEqual({ before: 'here' });
    }
    expect(refused.length).toBe(serializer === 'json' ? Object.keys(VALUES).length - JSON_KNOWS.length : 0);
  });
});
