// The policies in force: each that has a binding, with its bindings, compiled. Both are read from the watch caches, so a policy is in force
// with the request after the one that made it. Source: k8s.io/apiserver pkg/admission/plugin/policy/generic/policy_source.go.
import type { RuleWithOperations } from '../../api/admissionregistration/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Input } from '../admission/admission.ts'
import { mayConcern } from '../rules/rule-matcher.ts'
import type { HistogramCell } from '../../component-base/metrics/registry.ts'
import type { Clock } from '../../util/clock.ts'
import { inTurns, type Steps } from '../../util/steps.ts'
import { nextTurn } from '../../util/turns.ts'
import type { VersionedLister } from '../registry/generic/store-lister.ts'

export interface PolicyHook<P, B, C> {
  readonly policy: P
  /** In the order of their names. */
  readonly bindings: readonly B[]
  /** Begun when a request of any kind has first seen the policy in force; only those that it is for wait for the end. */
  readonly compiled: () => Promise<C>
}

interface Sources<P, B, C> {
  readonly policies: Pick<VersionedLister<P>, 'all' | 'changedAt'>
  readonly bindings: Pick<VersionedLister<B>, 'all' | 'changedAt'>
  readonly compile: (policy: P) => Steps<C>
  /** Where compiling is counted. */
  readonly compilation: HistogramCell
  readonly clock: Pick<Clock, 'monotonic'>
}

interface Policy extends KubeObject {
  readonly spec?: { readonly matchConstraints?: { readonly resourceRules?: readonly RuleWithOperations[] } }
}

interface Binding extends KubeObject {
  readonly spec?: { readonly policyName?: string }
}

export class PolicyHooks<P extends Policy, B extends Binding, C> {
  readonly #sources: Sources<P, B, C>
  /** Policy by uid and generation -> compiled. */
  #compiled = new Map<string, () => Promise<C>>()
  #hooks: readonly PolicyHook<P, B, C>[] = []
  #version = ''

  constructor(sources: Sources<P, B, C>) {
    this.#sources = sources
  }

  /** They read the same as long as {@link current} does. @returns undefined when a policy may want to see objects of the resource */
  inputsFor(plural: string): readonly Input[] | undefined {
    const { policies, bindings } = this.#sources
    const isConcerned = this.current().some(({ policy: { spec } }) => {
      const rules = spec?.matchConstraints?.resourceRules ?? []
      return rules.length === 0 || mayConcern(rules, plural)
    })
    return isConcerned ? undefined : [() => policies.changedAt(), () => bindings.changedAt()]
  }

  /** In the order of the policies' names. */
  current(): readonly PolicyHook<P, B, C>[] {
    const { policies, bindings } = this.#sources
    const version = `${policies.changedAt()} ${bindings.changedAt()}`
    if (version !== this.#version) {
      this.#hooks = this.#build()
      this.#version = version
    }
    return this.#hooks
  }

  #build(): readonly PolicyHook<P, B, C>[] {
    const { policies, bindings } = this.#sources
    const byPolicy = Map.groupBy(bindings.all(), ({ spec }) => spec?.policyName ?? '')
    const compiled = new Map<string, () => Promise<C>>()
    const hooks = policies.all().flatMap((policy) => {
      const bound = byPolicy.get(policy.metadata.name)
      if (!bound) return []
      const { uid, generation, resourceVersion } = policy.metadata
      const key = `${uid} ${generation ?? resourceVersion}`
      compiled.set(key, this.#compiled.get(key) ?? this.#begin(policy))
      return [{ policy, bindings: bound, compiled: compiled.get(key)! }]
    })
    this.#compiled = compiled
    return hooks
  }

  /** Each policy in a turn of its own, however many there are. */
  #begin(policy: P): () => Promise<C> {
    const compiling = nextTurn().then(() => this.#compile(policy))
    // Whoever asks learns of it.
    compiling.catch(() => {})
    return () => compiling
  }

  async #compile(policy: P): Promise<C> {
    const { compile, compilation, clock } = this.#sources
    const fromMs = clock.monotonic()
    const compiled = await inTurns(compile(policy), clock)
    compilation.observe((clock.monotonic() - fromMs) / 1000)
    return compiled
  }
}
