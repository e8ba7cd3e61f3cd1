/** Round whole values from 0 up to at least `top`, about `wanted` of them: what is drawn is counts. */
export function roundTicks(top: number, wanted: number): number[] {
  const rough = Math.max(top, 1e-9) / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * magnitude).find((one) => one >= rough)!);
  const ticks = [0];
  while (ticks.at(-1)! < top - step * 1e-6) ticks.push(ticks.length * step);
  return ticks;
}

/** Runs of known values, as [first index, last index]. */
export function knownRuns(values: (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  let begun = -1;
  values.forEach((value, i) => {
    if (value !== null && begun < 0) begun = i;
    if (value === null && begun >= 0) {
      runs.push([begun, i - 1]);
      begun = -1;
    }
  });
  if (begun >= 0) runs.push([begun, values.length - 1]);
  return runs;
}

/** Instants for the marks of a time axis: round local hours within a day, local midnights beyond. */
export function timeTicks(from: number, to: number, localHour: (epoch: number) => number, width: number): number[] {
  const hours = (to - from) / 3600;
  const room = Math.max(2, Math.floor(width / 64));
  const step = hours <= 30 ? ([1, 2, 3, 4, 6, 8, 12].find((one) => hours / one <= room) ?? 12) : 24;
  const skip = step === 24 ? Math.max(1, Math.ceil(hours / 24 / room)) : 1;
  const ticks: number[] = [];
  for (let epoch = Math.ceil(from / 3600) * 3600; epoch <= to; epoch += 3600)
    if (localHour(epoch) % step === 0) ticks.push(epoch);
  return ticks.filter((_, i) => i % skip === 0);
}
