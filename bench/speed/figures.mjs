/** Figures as text, the same way in tables, pictures and sentences. */

/** Three digits, thousands apart: `312 000`. */
export function spaced(number) {
  const rounded = number === 0 ? 0 : Number(number.toPrecision(3));
  return String(rounded).replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, '\u00a0');
}

export function times(ratio) {
  return ratio.toFixed(ratio < 10 ? 2 : 0);
}

/** 0.4 ms, 12 ms, 1.4 s. */
export function duration(ms) {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(2))} s`;
  return `${ms < 1 ? Number(ms.toPrecision(1)) : ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;
}

export function megabytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

export function percent(part) {
  return part < 0.01 ? 'under 1 %' : `${Math.round(part * 100)} %`;
}
