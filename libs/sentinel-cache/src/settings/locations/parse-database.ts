/** A database number as text: digits only, where Python's int() would take a sign, spaces and underscores as well; undefined when it is none. */
export function parseDatabase(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
