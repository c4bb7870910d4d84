/** What the codec bench writes and reads: an object of 80 bytes of JSON, and 200 rows as a list view caches them. */

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

/** Each sample's name and value. `plain` is true where JSON.parse gives the same value back. */
export const SAMPLES = [
  {
    name: '80-byte object',
    value: { id: 123, name: 'Ada Lovelace', email: 'ada@example.com', active: true, n: 1.5 },
    plain: true,
  },
  { name: '200 rows', value: rows, plain: true },
  { name: '200 rows with dates', value: rows.map((one) => ({ ...one, created: new Date(one.created) })), plain: false },
];
