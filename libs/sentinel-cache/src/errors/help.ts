/** An address, since the package ships no pages: its README has the same one. */
const PAGE = 'https://github.com/nestjs-sentinel-cache/nestjs-sentinel-cache/blob/main/docs/troubleshooting.md';
/** How our codes begin; those of a user's own classes have no section. */
const OURS = 'SENTINEL_CACHE';

/**
 * Returns the address of the section of the troubleshooting page about an error: that of its reason where it
 * has one, else that of the first code of ours.
 */
export function helpFor(codes: readonly string[], reason?: string): string {
  const code = codes.find((one) => one.startsWith(OURS)) ?? OURS;
  return `${PAGE}#${reason === undefined ? code.toLowerCase() : `reason-${reason}`}`;
}
