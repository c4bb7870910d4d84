/** What is stored, by its size as JSON. */
const row = (id) => ({ id, name: `user ${id}`, active: id % 2 === 0, score: id * 1.5 });

export const VALUES = {
  '80 B': { id: 7, name: 'Ada Lovelace', email: 'a@x.org', roles: ['admin', 'staff'], n: 1 },
  '10 KB': Array.from({ length: 180 }, (_, id) => row(id + 1000)),
  '100 KB': Array.from({ length: 1800 }, (_, id) => row(id + 10_000)),
};

/** How many keys hold each. */
export const KEYS = { '80 B': 1000, '10 KB': 1000, '100 KB': 100 };
