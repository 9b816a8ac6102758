// Time comes in through constructors, so that tests can own it. Nothing outside this file reads the machine's clock or sets a timer.

/** A running timer. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Monotonic milliseconds, for measuring spans. */
  monotonic(): number
  /** Calls `fn` once after `ms`. The timer does not keep the process alive. */
  after(ms: number, fn: () => void): Timer
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** setTimeout turns larger delays into 1 ms: 2^31 - 1 ms, about 24.8 days. */
const timeoutMsMax = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), timeoutMsMax))
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  sleep(ms, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    const timer = setTimeout(finish, Math.min(Math.max(0, ms), timeoutMsMax))
    function finish() {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    function abort() {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    signal?.addEventListener('abort', abort, { once: true })
    return promise
  },
}

/** `2026-01-31T10:20:30Z`: how Kubernetes writes a Time. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== formattedSecond) {
    formatted = `${new Date(ms).toISOString().slice(0, 19)}Z`
    formattedSecond = second
  }
  return formatted
}

/** Most times that are written are now. */
let formattedSecond = NaN
let formatted = ''

/** `2026-01-31T10:20:30.123456Z`: how Kubernetes writes a MicroTime. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`
}
