// Namespaces. Source: pkg/registry/core/namespace/strategy.go, pkg/apis/core/validation/validation.go.
import type { Namespace } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Label, maskTrailingDash } from '../../../../apimachinery/validation/names.ts'
import { validateFinalizerName, validateKnownFinalizer } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { ownCopy } from '../../shared/own-copy.ts'

const ownFinalizer = 'kubernetes'
const nameLabel = 'kubernetes.io/metadata.name'

function keepNameLabel({ metadata }: Mutable<Namespace>): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name }
}

function keepStatus(namespace: Mutable<Namespace>, old: Namespace): void {
  namespace.status = ownCopy(old.status) as NonNullable<Mutable<Namespace>['status']>
}

const validateFinalizer = (field: string, name: string) => [...validateFinalizerName(field, name), ...validateKnownFinalizer(field, name)]

function validatePhase({ metadata, status }: Namespace): readonly FieldError[] {
  const phase = status?.phase ?? ''
  const [expected, when] = metadata.deletionTimestamp ? ['Terminating', 'is not empty'] : ['Active', 'is empty']
  return phase === expected ? [] : [invalid('status.Phase', phase, `may only be '${expected}' if \`deletionTimestamp\` ${when}`)]
}

export const namespaceStrategy: Strategy<Namespace> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  validateName: (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
  defaults: keepNameLabel,
  prepareForCreate(_, namespace) {
    namespace.status = { phase: 'Active' }
    const finalizers = namespace.spec?.finalizers ?? []
    namespace.spec = { ...namespace.spec, finalizers: finalizers.includes(ownFinalizer) ? finalizers : [...finalizers, ownFinalizer] }
  },
  validate: (_, { spec }) => (spec?.finalizers ?? []).flatMap((name) => validateFinalizer('spec.finalizers', name)),
  canonicalize: keepNameLabel,
  prepareForUpdate(_, namespace, old) {
    namespace.spec = { ...namespace.spec }
    if (old.spec?.finalizers) namespace.spec.finalizers = [...old.spec.finalizers]
    else delete namespace.spec.finalizers
    keepStatus(namespace, old)
  },
  subresources: {
    status: { validateUpdate: (_, namespace) => validatePhase(namespace) },
    finalize: {
      resetFields: [['status']],
      metadataChecksOnUpdate: ['changes'],
      prepareForUpdate: (_, namespace, old) => keepStatus(namespace, old),
      validateUpdate: (_, { spec }) => (spec?.finalizers ?? []).flatMap((name, i) => validateFinalizer(`spec.finalizers[${i}]`, name)),
    },
  },
}
