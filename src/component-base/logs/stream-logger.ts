// Loggers that write to a stream: klog's text, JSON lines, or short coloured lines for people. A line below the level costs one
// comparison; keys are written only when the line is.
import { type Clock, systemClock } from '../../util/clock.ts'
import type { LogKeys, Logger } from '../logger.ts'
import { errorText, stackText } from './error-text.ts'

export type LogFormat = 'text' | 'json' | 'pretty'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The part of a writable stream that is needed. */
export interface LogStream {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export interface StreamLoggerOptions {
  readonly stream: LogStream
  /** Lowest level that is written. Default `info`. */
  readonly level?: LogLevel
  /** Default: `pretty` on a terminal, else `text`. */
  readonly format?: LogFormat
  readonly clock?: Clock
}

export interface LogLine {
  readonly level: LogLevel
  readonly atMs: number
  readonly message: string
  readonly keys: LogKeys
  readonly error?: string
  /** Only at debug level. */
  readonly stack?: string
}

const levels = { debug: 0, info: 1, warn: 2, error: 3 } as const

const formats: Record<LogFormat, (line: LogLine) => string> = { text: klogText, json: jsonLine, pretty: prettyLine }

export function newStreamLogger({ stream, level = 'info', format = stream.isTTY ? 'pretty' : 'text', clock = systemClock }: StreamLoggerOptions): Logger {
  return new StreamLogger({ stream, lowest: levels[level], render: formats[format], clock }, {})
}

interface Sink {
  readonly stream: LogStream
  readonly lowest: number
  readonly render: (line: LogLine) => string
  readonly clock: Clock
}

class StreamLogger implements Logger {
  readonly #sink: Sink
  readonly #keys: LogKeys

  constructor(sink: Sink, keys: LogKeys) {
    this.#sink = sink
    this.#keys = keys
  }

  debug(message: string, keys?: LogKeys): void {
    if (this.#sink.lowest === levels.debug) this.#write('debug', message, keys)
  }

  info(message: string, keys?: LogKeys): void {
    if (this.#sink.lowest <= levels.info) this.#write('info', message, keys)
  }

  warn(message: string, keys?: LogKeys): void {
    if (this.#sink.lowest <= levels.warn) this.#write('warn', message, keys)
  }

  error(message: string, error: unknown, keys?: LogKeys): void {
    const stack = this.#sink.lowest === levels.debug ? stackText(error) : undefined
    this.#write('error', message, keys, { error: errorText(error), ...(stack ? { stack } : {}) })
  }

  with(keys: LogKeys): Logger {
    return new StreamLogger(this.#sink, { ...this.#keys, ...keys })
  }

  #write(level: LogLevel, message: string, keys: LogKeys | undefined, failure: { error?: string; stack?: string } = {}): void {
    const { stream, render, clock } = this.#sink
    stream.write(`${render({ level, atMs: clock.now(), message, keys: { ...this.#keys, ...keys }, ...failure })}\n`)
  }
}

/** `I0131 10:20:30.123000 "Bound pod to node" pod="default/web" node="n1"`: klog's structured text, without file and line. */
function klogText({ level, atMs, message, keys, error, stack }: LogLine): string {
  const iso = new Date(atMs).toISOString()
  const letter = { debug: 'I', info: 'I', warn: 'W', error: 'E' }[level]
  const head = `${letter}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000 ${process.pid}] ${JSON.stringify(message)}`
  return `${head}${error === undefined ? '' : ` err=${JSON.stringify(error)}`}${keyText(keys)}${stack ? `\n${stack}` : ''}`
}

/** component-base's JSON format: ts in milliseconds, `v` for verbosity of non-errors. */
function jsonLine({ level, atMs, message, keys, error, stack }: LogLine): string {
  const verbosity = level === 'debug' ? { v: 4 } : level === 'info' ? { v: 0 } : {}
  return JSON.stringify({
    ts: atMs,
    level,
    caller: undefined,
    msg: message,
    ...verbosity,
    ...keys,
    ...(error === undefined ? {} : { err: error }),
    ...(stack ? { stack } : {}),
  })
}

const colours = { debug: 90, info: 36, warn: 33, error: 31 } as const

function prettyLine({ level, atMs, message, keys, error, stack }: LogLine): string {
  const time = new Date(atMs).toISOString().slice(11, 19)
  const failure = error === undefined ? '' : `: ${error}`
  return `\u001b[90m${time}\u001b[0m \u001b[${colours[level]}m${level.padEnd(5)}\u001b[0m ${message}${failure}\u001b[90m${keyText(keys)}\u001b[0m${stack ? `\n${stack}` : ''}`
}

function keyText(keys: LogKeys): string {
  let text = ''
  for (const [key, value] of Object.entries(keys)) if (value !== undefined) text += ` ${key}=${JSON.stringify(value)}`
  return text
}
