/** How much of the server a request takes: a rectangle of seats by time, then a second one after its answer. */
export interface WorkEstimate {
  /** Seats while the request is served. */
  readonly initialSeats: number
  /** Seats after it, while watchers are told of what it changed. */
  readonly finalSeats: number
  /** For how long the final seats are taken. The client does not wait for it. */
  readonly additionalLatencyMs: number
}

export const oneSeat: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 }
