/** A moment as Django writes it into a column without a zone (USE_TZ): `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC. */
export function toUtcText(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '000');
}

/** The moment of such a text, with or without a fraction. */
export function fromUtcText(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}
