/**
 * Exit statuses, in families as minikube has them, so that a script can tell what to do next.
 * The table in README.md is for people; a test keeps the two alike.
 */
export const exitCodes = {
  unexpected: 1,
  usage: 2,
  /** As shells have it for Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
  /** 3x: this machine cannot do it. */
  machine: 30,
  state: 33,
  disk: 34,
  /** 7x: addresses and ports. */
  range: 70,
  port: 71,
  /** 8x: nodes. */
  nodeStart: 80,
  nodeTimeout: 81,
  nodeUnknown: 82,
  /** 9x: clusters. */
  clusterUnknown: 90,
  clusterStopped: 91,
  clusterBusy: 92,
  /** 10x: the control plane. */
  controlPlaneStart: 100,
  controlPlaneTimeout: 101,
  /** 11x: kubeconfig. */
  kubeconfig: 110,
  kubectl: 111,
  /** 12x: images. */
  image: 120,
} as const

export type ErrorId = keyof typeof exitCodes

/** A failure that a person can do something about: one sentence of what is wrong, one of what helps. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly id: ErrorId
  readonly remedy: string | undefined
  constructor(id: ErrorId, message: string, remedy?: string, cause?: unknown) {
    super(message, { cause })
    this.id = id
    this.remedy = remedy
  }
}

/** @throws {CliError} once the command shall end */
export function refuseInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new CliError('interrupted', 'interrupted')
}
