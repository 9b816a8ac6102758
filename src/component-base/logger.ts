/** Values worth logging: short and flat. Never secrets, tokens, or whole objects. */
export type LogKeys = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>

/** A constant sentence plus keys (see style: "Bound pod to node", { pod, node }). */
export interface Logger {
  debug(message: string, keys?: LogKeys): void
  info(message: string, keys?: LogKeys): void
  warn(message: string, keys?: LogKeys): void
  /** `error` is whatever was thrown; its message and causes are written, its stack at debug level. */
  error(message: string, error: unknown, keys?: LogKeys): void
  /** The same logger with keys added to every line. */
  with(keys: LogKeys): Logger
}

/** Says nothing: for tests and libraries without a logger. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silentLogger }
