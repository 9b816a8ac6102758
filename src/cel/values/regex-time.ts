// Regular expressions take a time that is linear in the text, but nobody can tell beforehand how large the factor is: most patterns become a
// table and take nanoseconds for each character, some make new states without end and take a hundred nanoseconds for each of their
// instructions. So what they take together in one turn of the event loop is watched, and they are broken off when it is too much.
import { threadCpuUsage } from 'node:process'
import type { RE2JS } from 're2js'
import { systemClock } from '../../util/clock.ts'
import { CelError } from './value.ts'

/** Of one turn. */
const turnMsMax = 50
/** Instructions times characters. So many are never worth watching: some tens of microseconds. */
const unwatchedStepsMax = 2000
/** So many take 25 milliseconds at most, and are not broken off. */
const wholeStepsMax = 250_000
/** Of an instruction for a character, at worst. */
const stepMsMax = 1e-4
/** Instructions times characters between two looks at the clock: a millisecond. */
const stepsPerLook = 10_000

let spentMs = 0

function spend(ms: number): void {
  if (spentMs === 0) setImmediate(() => (spentMs = 0))
  spentMs += ms
}

const threadMs = () => {
  const { user, system } = threadCpuUsage()
  return (user + system) / 1000
}

const tooLong = () => new CelError('the text is too long for a regular expression of this size')

/** Breaks off whoever reads it for too long. */
class WatchedText extends String {
  readonly #text: string
  readonly #size: number
  readonly #beganMs = systemClock.monotonic()
  readonly #beganThreadMs = threadMs()
  readonly #leftMs = turnMsMax - spentMs
  #steps = 0

  constructor(text: string, size: number) {
    super(text)
    this.#text = text
    this.#size = size
  }

  /** Processor time, which is only asked for when it could be too much. */
  get spentMs(): number {
    const ms = systemClock.monotonic() - this.#beganMs
    return ms < this.#leftMs ? ms : threadMs() - this.#beganThreadMs
  }

  /** @throws {CelError} */
  override charCodeAt(at: number): number {
    this.#steps += this.#size
    if (this.#steps >= stepsPerLook) {
      this.#steps = 0
      if (this.spentMs > this.#leftMs) throw tooLong()
    }
    return this.#text.charCodeAt(at)
  }
}

/**
 * What `run` makes of the text, which it must not look at in other ways than with `regex`.
 * @throws {CelError} when it takes too long
 */
export function inTime<T>(regex: RE2JS, text: string, run: (text: string) => T): T {
  const size = regex.programSize()
  const steps = text.length * size
  if (steps <= unwatchedStepsMax) return run(text)
  if (spentMs >= turnMsMax) throw tooLong()
  if (steps <= wholeStepsMax) {
    const fromMs = systemClock.monotonic()
    const result = run(text)
    // Of the clock's time others may have had a part.
    spend(Math.min(systemClock.monotonic() - fromMs, steps * stepMsMax))
    return result
  }
  const watched = new WatchedText(text, size)
  try {
    return run(watched as unknown as string)
  } finally {
    spend(watched.spentMs)
  }
}
