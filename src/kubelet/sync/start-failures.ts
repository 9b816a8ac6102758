import type { StartFailure } from '../status/container-statuses.ts'

/** Why containers could not be started the last time, for their waiting states. */
export class StartFailures {
  readonly #byPod = new Map<string, Map<string, StartFailure>>()

  get(podUid: string, container: string): StartFailure | undefined {
    return this.#byPod.get(podUid)?.get(container)
  }

  set(podUid: string, container: string, failure: StartFailure): void {
    if (!this.#byPod.has(podUid)) this.#byPod.set(podUid, new Map())
    this.#byPod.get(podUid)!.set(container, failure)
  }

  clear(podUid: string, container: string): void {
    this.#byPod.get(podUid)?.delete(container)
  }

  forget(podUid: string): void {
    this.#byPod.delete(podUid)
  }
}
