/** What the codec bench writes and reads: an object of 80 bytes of JSON, rows as a list view caches them, texts and numbers. */

/** Rows as an ORM gives them: plain fields; every row its own strings, as a driver makes them. */
function row(index) {
  return {
    id: index + 1,
    name: `Customer Number ${index + 1}`,
    email: `customer.${index + 1}@example.com`,
    price: Math.round((19.99 + index * 1.37) * 100) / 100,
    active: index % 3 !== 0,
    created: new Date(Date.UTC(2024, 0, 1) + index * 3_600_000).toISOString(),
  };
}

const rows = Array.from({ length: 200 }, (_, index) => row(index));
const sentence = (index) => `Row ${index}: "quoted", a line\n, and as many words as a short description of a product has. `;
const item = (id) => ({ id, name: `user ${id}`, active: id % 2 === 0, score: id * 1.5 });

/** Each sample's name and value. `plain` is true where JSON.parse gives the same value back. */
export const SAMPLES = [
  {
    name: '80-byte object',
    value: { id: 123, name: 'Ada Lovelace', email: 'ada@example.com', active: true, n: 1.5 },
    plain: true,
  },
  { name: '180 short rows', value: Array.from({ length: 180 }, (_, id) => item(id + 1000)), plain: true },
  { name: '1800 short rows', value: Array.from({ length: 1800 }, (_, id) => item(id + 10_000)), plain: true },
  { name: '200 rows', value: rows, plain: true },
  { name: '200 rows beyond ASCII', value: rows.map((one) => ({ ...one, name: `Übergröße 日本 ${one.id}` })), plain: true },
  { name: '200 texts', value: Array.from({ length: 200 }, (_, index) => sentence(index)), plain: true },
  { name: '2000 integers', value: Array.from({ length: 2000 }, (_, index) => (index * 7919) % 100_000), plain: true },
  { name: '600 floats', value: Array.from({ length: 600 }, (_, index) => Math.sqrt(index + 2)), plain: true },
  { name: '200 rows with dates', value: rows.map((one) => ({ ...one, created: new Date(one.created) })), plain: false },
];
