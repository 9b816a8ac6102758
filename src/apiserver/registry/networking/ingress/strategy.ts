// Ingresses. Source: pkg/registry/networking/ingress/strategy.go.
import type { Ingress } from '../../../../api/networking/v1.ts'
import { keepStatus } from '../../shared/status.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { classAnnotation, validateClassAnnotation, validateSpec, validateStatus } from './validate.ts'

const warning = `annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`

export const ingressStrategy: Strategy<Ingress> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  prepareForCreate(_, ingress) {
    ingress.status = { loadBalancer: {} }
  },
  prepareForUpdate: (_, ingress, old) => keepStatus(ingress, old),
  validate: (_, ingress) => [...validateSpec(ingress.spec ?? {}, undefined), ...validateClassAnnotation(ingress)],
  validateUpdate: (_, { spec }, old) => validateSpec(spec ?? {}, old.spec ?? {}),
  warningsOnCreate: (_, { metadata }) => (ownValue(metadata.annotations, classAnnotation) === undefined ? [] : [warning]),
  subresources: { status: { validateUpdate: (_, ingress, old) => validateStatus(ingress, old) } },
}
