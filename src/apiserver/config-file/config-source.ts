/** A configuration that may change while the server runs. */
export interface ConfigSource<T> {
  readonly current: T
  /** Calls `apply` with each later state; what it throws is logged and leaves the old state in force. Without it nothing ever changes. */
  readonly onChange?: (apply: (next: T) => Promise<void>) => void
}
