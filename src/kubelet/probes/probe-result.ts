export interface ProbeOutcome {
  readonly ok: boolean
  /** For the Unhealthy event. */
  readonly output: string
}

export const passed = (output = ''): ProbeOutcome => ({ ok: true, output })
export const failed = (output: string): ProbeOutcome => ({ ok: false, output })
