// Loads that are compared take turns, slice by slice: what else the machine does meanwhile, and how fast its host lets it run,
// meets all of them. One after the other, the same comparison came out between 38 and 53 % on one day.
import { type Load, quantile } from './load.ts'

const warmUpMs = 3000
const sliceMs = 400
const rounds = 11

export interface RaceResult {
  /** The median of all slices. */
  readonly perSecond: number
  /** Of the first load's rate: the median of all rounds. */
  readonly ratio: number
  readonly p99Ms: number
}

/** @param loads the yardstick first; closed at the end. @returns what each has done, in their order */
export async function race<const L extends readonly Load[]>(...loads: L): Promise<{ [K in keyof L]: RaceResult }> {
  const runs = loads.map((load) => ({ load, rates: [] as number[], times: [] as number[] }))
  // Compilers have seen the code after that, on all sides.
  for (let ms = 0; ms < warmUpMs; ms += sliceMs) for (const { load } of runs) await load.run(sliceMs)
  for (let round = 0; round < rounds; round++) {
    for (const { load, rates, times } of runs) {
      const start = performance.now()
      const slice = await load.run(sliceMs)
      rates.push((slice.length / (performance.now() - start)) * 1000)
      for (const ms of slice) times.push(ms)
    }
  }
  for (const { load } of runs) load.close()
  const yardstick = runs[0]!.rates
  const results = runs.map(({ rates, times }) => ({
    perSecond: quantile(rates, 0.5),
    ratio: quantile(
      rates.map((rate, round) => rate / yardstick[round]!),
      0.5,
    ),
    p99Ms: quantile(times, 0.99),
  }))
  return results as { [K in keyof L]: RaceResult }
}
