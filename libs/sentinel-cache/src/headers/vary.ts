/**
 * Adds a name to a Vary header: keeps the order, repeats no name whatever its case, and gives `*` where one
 * of them is. Takes the header as Node gives it: absent, one line, or several.
 */
export function patchVary(existing: string | number | readonly string[] | undefined, name: string): string {
  const lines = existing === undefined ? [] : Array.isArray(existing) ? existing : [String(existing)];
  const names = lines.flatMap((line: string) => line.split(',')).flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  if (name === '*' || names.includes('*')) return '*';
  return names.some((known) => known.toLowerCase() === name.toLowerCase()) ? names.join(', ') : [...names, name].join(', ');
}
