// RuntimeClasses. Source: pkg/registry/node/runtimeclass/strategy.go, pkg/apis/node/validation/validation.go.
import type { RuntimeClass, Scheduling } from '../../../../api/node/v1.ts'
import { duplicate, type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { label } from '../../shared/pod-spec/invalid-values.ts'
import { validateContainerResources } from '../../shared/pod-spec/validate-resources.ts'
import { validateTolerations } from '../../shared/pod-spec/validate-scheduling.ts'
import { nodeLabelWarning } from '../../shared/pod-spec/warnings.ts'

function validateScheduling({ nodeSelector, tolerations = [] }: Scheduling): readonly FieldError[] {
  const field = 'scheduling.tolerations'
  const forms = tolerations.map((toleration) => internalForm('Toleration', toleration))
  // How long one is tolerated makes it no other.
  const texts = tolerations.map(({ key = '', operator = '', value = '', effect = '' }) => JSON.stringify([key, operator, value, effect]))
  return [
    ...validateLabels('scheduling.nodeSelector', nodeSelector),
    ...validateTolerations(field, tolerations),
    ...forms.flatMap((form, i) => (texts.indexOf(texts[i]!) < i ? [duplicate(`${field}[${i}]`, form)] : [])),
  ]
}

const validate = ({ handler, overhead, scheduling }: RuntimeClass): readonly FieldError[] => [
  ...(handler ? label('handler', handler) : [required('handler')]),
  ...(overhead ? validateContainerResources('overhead', { limits: overhead.podFixed ?? {} }, new Set(), {}) : []),
  ...(scheduling ? validateScheduling(scheduling) : []),
]

/** Source: pkg/api/node/util.go (GetWarningsForRuntimeClass). */
function warnings({ scheduling }: RuntimeClass): readonly string[] {
  return Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const old = nodeLabelWarning(key)
    return old ? [`scheduling.nodeSelector: ${old}`] : []
  })
}

export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  allowUnconditionalUpdate: false,
  allowCreateOnUpdate: true,
  metadataChecksOnUpdate: ['whole', 'changes'],
  validate: (_, runtimeClass) => validate(runtimeClass),
  validateUpdate: (_, runtimeClass, old) => [...validate(runtimeClass), ...validateImmutable('handler', runtimeClass.handler, old.handler)],
  warningsOnCreate: (_, runtimeClass) => warnings(runtimeClass),
  warningsOnUpdate: (_, runtimeClass) => warnings(runtimeClass),
}
