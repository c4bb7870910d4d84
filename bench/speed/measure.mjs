/** Calls a second of all contenders for one row, taken in turn, so that whatever slows the machine slows all. */
const GRACE_MS = 30_000;
export const OURS = 'ours';

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * The cells of one row by the contender's name: `{ perSecond, cpuUs, failed, ratio }`, medians of the rounds; `{ failed: why }`; or undefined for a
 * client that has no such call. `ratio`: how many times as fast ours is, the median of the rounds' own ratios.
 */
export async function measureRow(contenders, task, { rounds, ms }) {
  const figures = new Map();
  const failures = new Map();
  const run = async (contender, details, keep) => {
    if (failures.has(contender.name)) return;
    const { result, failed } = await contender.ask(details, details.ms + GRACE_MS);
    if (failed) failures.set(contender.name, failed);
    else if (keep) figures.set(contender.name, [...(figures.get(contender.name) ?? []), result]);
  };
  const taskOf = (contender) => ({ task: 'loop', prefix: contender.prefixOf(task.value), ...task });
  for (const contender of contenders) {
    const { failed } = await contender.prepare(task.value, task.keys);
    if (failed) failures.set(contender.name, failed);
    await run(contender, { ...taskOf(contender), ms: ms / 2 });
  }
  for (let round = 0; round < rounds; round += 1)
    for (const contender of contenders) await run(contender, { ...taskOf(contender), ms }, true);
  return Object.fromEntries(contenders.map(({ name }) => [name, cell(name, figures, failures)]));
}

function cell(name, figures, failures) {
  if (failures.has(name)) return { failed: failures.get(name) };
  const own = figures.get(name);
  if (own.every((each) => each === undefined)) return undefined;
  const of = (field) => median(own.map((each) => each[field]));
  const sum = (field) => own.reduce((total, each) => total + each[field], 0);
  const ours = failures.has(OURS) ? undefined : figures.get(OURS);
  return {
    perSecond: Math.round(of('perSecond')),
    cpuUs: rounded(of('cpuUs')),
    ...(sum('failed') > 0 ? { failedPart: rounded(sum('failed') / (sum('failed') + sum('calls'))) } : {}),
    ...(ours && name !== OURS
      ? { ratio: rounded(median(own.map((each, round) => ours[round].perSecond / each.perSecond))) }
      : {}),
  };
}

/** Three digits are more than such a figure has. */
export function rounded(number) {
  return Number(number.toPrecision(3));
}
