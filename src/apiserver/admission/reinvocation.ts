// A second round through what changes objects: when a policy or webhook has changed an object, those before it are asked once more.
// Source: k8s.io/apiserver pkg/admission/reinvocation.go, pkg/admission/plugin/webhook/mutating/reinvocationcontext.go.
import { jsonEqual } from '../../apimachinery/json-equal.ts'
import type { KubeObject } from '../../api/object.ts'
import { getOrMake } from '../../util/get-or-make.ts'

/** What one kind of plugin remembers between the two rounds of a request. */
export class InvocationMemory {
  /** Those that want to be asked again, and have been asked. */
  readonly #eligible = new Set<string>()
  /** Those of them after whom somebody has changed the object. */
  #again = new Set<string>()
  #output: KubeObject | undefined

  /** The one with the key has been asked, and would like to be asked again. */
  invoked(key: string): void {
    this.#eligible.add(key)
  }

  /** The object has changed since all who have been asked saw it. */
  changed(): void {
    for (const key of this.#eligible) this.#again.add(key)
    this.#eligible.clear()
  }

  mayInvokeAgain(key: string): boolean {
    return this.#again.has(key)
  }

  /** What the last of them left. @param copy the caller gives it away */
  remember(copy: KubeObject | undefined): void {
    this.#output = copy
  }

  /** Whether others have changed the object since. */
  isOutputChanged(object: KubeObject | undefined): boolean {
    return !jsonEqual(this.#output, object)
  }
}

/** One request's way through what changes objects. */
export class Reinvocation {
  #isSecondRound = false
  #wanted = false
  readonly #memories = new Map<string, InvocationMemory>()

  get isSecondRound(): boolean {
    return this.#isSecondRound
  }

  /** Somebody has changed the object in a way that others should see. */
  request(): void {
    this.#wanted = true
  }

  /** Begins the second round, if somebody wants one. There is no third. */
  begin(): boolean {
    if (!this.#wanted || this.#isSecondRound) return false
    this.#isSecondRound = true
    return true
  }

  memoryOf(plugin: string): InvocationMemory {
    return getOrMake(this.#memories, plugin, () => new InvocationMemory())
  }
}
