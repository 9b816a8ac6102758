// Namespaces. Source: pkg/registry/core/namespace/strategy.go.
import type { Namespace } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'

const ownFinalizer = 'kubernetes'
const nameLabel = 'kubernetes.io/metadata.name'

function keepNameLabel({ metadata }: Mutable<Namespace>): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name }
}

export const namespaceStrategy: Strategy<Namespace> = {
  allowUnconditionalUpdate: true,
  validateName: (name, prefix) => isDns1123Label(prefix ? name.replace(/-$/, '') : name),
  defaults: keepNameLabel,
  prepareForCreate(_, namespace) {
    namespace.status = { phase: 'Active' }
    const finalizers = namespace.spec?.finalizers ?? []
    namespace.spec = { ...namespace.spec, finalizers: finalizers.includes(ownFinalizer) ? finalizers : [...finalizers, ownFinalizer] }
  },
  canonicalize: keepNameLabel,
  prepareForUpdate(_, namespace, old) {
    namespace.spec = { ...namespace.spec }
    if (old.spec?.finalizers) namespace.spec.finalizers = [...old.spec.finalizers]
    else delete namespace.spec.finalizers
    namespace.status = structuredClone(old.status) as NonNullable<Mutable<Namespace>['status']>
  },
  subresources: {
    finalize: {
      prepareForUpdate(_, namespace, old) {
        namespace.status = structuredClone(old.status) as NonNullable<Mutable<Namespace>['status']>
      },
    },
  },
}
