/**
 * Adds a name to a Vary header: keeps the order, repeats no name whatever its case, and gives `*` where one
 * of them is. Takes the header as Node gives it: absent, one line, or several.
 */
export function patchVary(existing: string | number | readonly string[] | undefined, name: string): string {
  const names = namesOfVary(existing);
  if (name === '*' || names.includes('*')) return '*';
  return names.some((known) => known.toLowerCase() === name.toLowerCase()) ? names.join(', ') : [...names, name].join(', ');
}

/** Returns the names of a Vary header as they stand there, `*` among them. */
export function namesOfVary(header: string | number | readonly string[] | undefined): string[] {
  const lines = header === undefined ? [] : Array.isArray(header) ? header : [String(header)];
  return lines.flatMap((line: string) => line.split(',')).flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}
