// What a measurement was made on, and how its results are printed: value, target, verdict.
import { availableParallelism, cpus, totalmem } from 'node:os'

export function printEnvironment(question: string): void {
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  console.log(`${question}\nNode ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${gib} GiB\n`)
}

/** One line: what was measured, what it is, and whether that is within the target. */
export function report(what: string, value: string, target?: { readonly text: string; readonly met: boolean }): void {
  const verdict = target ? `   ${target.met ? 'ok    ' : 'MISSED'} (target ${target.text})` : ''
  console.log(`${what.padEnd(58)} ${value.padStart(24)}${verdict}`)
}

export const atLeast = (percent: number, ratio: number) => ({ text: `≥ ${percent} %`, met: ratio * 100 >= percent })
export const atMost = (limit: number, unit: string, value: number) => ({ text: `≤ ${limit} ${unit}`, met: value <= limit })
export const percent = (ratio: number) => `${(ratio * 100).toFixed(0)} %`
