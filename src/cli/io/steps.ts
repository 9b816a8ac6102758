// What a long command is doing, one line a step: ` ✓ node-1 is made (0.4s)`. On a terminal a moving line shows what is under way.
import type { Clock, Timer } from '../../util/clock.ts'
import type { Io } from './io.ts'

export type StepFormat = 'text' | 'json' | 'quiet'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 80
const [green, red, plain, clearLine] = ['\u001B[32m', '\u001B[31m', '\u001B[0m', '\r\u001B[K']

export class Steps {
  readonly #io: Io
  readonly #clock: Clock
  readonly #format: StepFormat
  readonly #startedAtMs: number
  readonly #running = new Set<string>()
  #timer: Timer | undefined
  #frame = 0

  constructor(io: Io, clock: Clock, format: StepFormat) {
    this.#io = io
    this.#clock = clock
    this.#format = format
    this.#startedAtMs = clock.monotonic()
  }

  /** Runs one step and says how it ended. Steps may run side by side. */
  async run<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = this.#clock.monotonic()
    this.#running.add(title)
    this.#event({ step: title, status: 'started' })
    this.#animate()
    try {
      const result = await work()
      this.#end(title, true, startedAtMs)
      return result
    } catch (error) {
      this.#end(title, false, startedAtMs)
      throw error
    }
  }

  /** A line between steps. */
  say(text: string): void {
    if (this.#format === 'json') return this.#event({ message: text })
    if (this.#format === 'text') this.#io.err.write(`${this.#io.fancy ? clearLine : ''}${text}\n`)
  }

  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#startedAtMs
  }

  #end(title: string, ok: boolean, startedAtMs: number): void {
    this.#running.delete(title)
    const ms = Math.round(this.#clock.monotonic() - startedAtMs)
    this.#event({ step: title, status: ok ? 'done' : 'failed', ms })
    if (this.#format === 'text') {
      const { fancy, err } = this.#io
      const mark = ok ? '✓' : '✗'
      err.write(`${fancy ? `${clearLine} ${ok ? green : red}${mark}${plain}` : ` ${mark}`} ${title} (${seconds(ms)})\n`)
    }
    if (this.#running.size === 0) this.#timer?.cancel()
    if (this.#running.size === 0) this.#timer = undefined
  }

  #event(event: object): void {
    if (this.#format === 'json') this.#io.out.write(`${JSON.stringify({ time: new Date(this.#clock.now()).toISOString(), ...event })}\n`)
  }

  #animate(): void {
    if (this.#format !== 'text' || !this.#io.fancy || this.#timer) return
    const draw = () => {
      this.#frame = (this.#frame + 1) % frames.length
      this.#io.err.write(`${clearLine} ${frames[this.#frame]} ${[...this.#running].join(', ')}`)
      this.#timer = this.#clock.after(frameMs, draw)
    }
    draw()
  }
}

/** `0.4s`, `12.0s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`
