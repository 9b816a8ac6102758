/** Anything with a life: an API server, a controller, a proxy. Composition roots (src/cmd) run them side by side. */
export interface Component {
  /** The upstream name where there is one: `kube-scheduler`. */
  readonly name: string
  /**
   * Works until `signal` aborts, then stops everything it started and resolves.
   * Rejects only for what it cannot survive; the process then ends non-zero.
   */
  run(signal: AbortSignal): Promise<void>
}
