import type { Pod, ResourceRequirements } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podSpecDefaults } from '../../shared/pod-spec/defaults.ts'

/** A limit without a request is also the request. */
function requestsFromLimits(resources: Mutable<ResourceRequirements> | undefined): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** Defaults of pods themselves; templates do not get these. Source: pkg/apis/core/v1/defaults.go (SetDefaults_Pod). */
export function podDefaults({ spec }: Mutable<Pod>): void {
  podSpecDefaults(spec)
  spec.enableServiceLinks ??= true
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) requestsFromLimits(resources)
  requestsFromLimits(spec.resources)
}
