/** A database number as text: digits only (Python's int() takes a sign, spaces and underscores); undefined when it is none. */
export function parseDatabase(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
