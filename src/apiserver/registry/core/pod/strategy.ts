// Pods. Source: pkg/registry/core/pod/strategy.go.
import type { Pod } from '../../../../api/core/v1.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { dropDisabledFields } from '../../shared/pod-spec/drop-disabled.ts'
import { podDefaults } from './defaults.ts'
import { prepareForCreate } from './prepare.ts'
import { PodSeries } from './series.ts'
import { podSubresources, restore } from './subresources.ts'
import { validateUpdate } from './validate-update.ts'

/** A pod that has no node, or has ended, needs no time to stop. */
function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number {
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}

/** Names become host names. */
function nameWarnings({ metadata: { name } }: Pod): readonly string[] {
  const messages = isDns1123Label(name)
  const text = "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
  return messages.length > 0 ? [`${text}: [${messages.join(' ')}]`] : []
}

const series = new PodSeries()

export const podStrategy: Strategy<Pod> = {
  allowUnconditionalUpdate: true,
  defaults: podDefaults,
  prepareForCreate,
  prepareForUpdate(_, pod, old) {
    restore(pod, old, 'status')
    dropDisabledFields(pod.spec, old.spec)
  },
  comesInSeries: true,
  validate: (_, pod) => series.validate(pod),
  *validateInSteps(_, pod, old) {
    return old ? yield* validateUpdate(pod, old) : []
  },
  warningsOnCreate: (_, pod) => [...nameWarnings(pod), ...series.warnings(pod)],
  gracePeriodSeconds,
  subresources: podSubresources,
}
