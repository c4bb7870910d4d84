/** Behind the stored key, so that an ACL for a prefix allows it and `clear` deletes it. */
const MARK = '\0lease';

/** Returns the stored name of an entry's lease, up to what brings it into the slot of the entry. */
export function leaseStem(storedKey: string): string {
  return storedKey + MARK;
}

/** The mark, and the characters that bring the name into a slot. */
const LONGEST_TAIL = MARK.length + 4;

/** Whether a stored name is that of a lease. */
export function isLeaseName(name: Buffer): boolean {
  const at = name.lastIndexOf(MARK);
  return at >= 0 && at >= name.length - LONGEST_TAIL;
}
