/** Rows of a catalogue, as JSON about as long as it says. */
const ROW = {
  id: 1,
  name: 'Lamp',
  description: 'A lamp that stands on the floor and gives light',
  price: 49.9,
  tags: ['light', 'floor'],
};
const ROW_BYTES = JSON.stringify(ROW).length + 3;

export function rowsOf(bytes) {
  return Array.from({ length: Math.max(1, Math.round(bytes / ROW_BYTES)) }, (_, i) => ({ ...ROW, id: 100 + i }));
}
