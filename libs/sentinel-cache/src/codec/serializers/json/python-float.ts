/** Python's `repr` of a float: `1e+16`, `1e-07`, `-0.0`, `NaN`, `Infinity` as its json module spells them. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    // Both languages write the shortest digits that read back; Python has two digits of exponent at least.
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}
