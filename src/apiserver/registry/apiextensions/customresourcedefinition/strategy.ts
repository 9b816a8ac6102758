// CustomResourceDefinitions. Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go, v1/defaults.go.
import type { CustomResourceDefinition } from '../../../../api/apiextensions/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { keepStatus, statusAlone } from '../../shared/status.ts'
import { formatWarnings } from './format-warnings.ts'
import { validateDefinition, validateDefinitionUpdate } from './validate.ts'

type Draft = Mutable<CustomResourceDefinition>

/** Objects are stored in this version from now on. */
function noteStoredVersion(definition: Draft): void {
  const storage = (definition.spec.versions ?? []).find((version) => version.storage)?.name
  if (storage === undefined) return
  const status = (definition.status ??= {} as NonNullable<Draft['status']>)
  const stored = status.storedVersions ?? []
  if (!stored.includes(storage)) status.storedVersions = [...stored, storage]
}

export const customResourceDefinitionStrategy: Strategy<CustomResourceDefinition> = {
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    const { names } = spec
    if (names?.kind) {
      names.singular ||= names.kind.toLowerCase()
      names.listKind ||= `${names.kind}List`
    }
    spec.conversion ??= { strategy: 'None' }
    const service = spec.conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
  },
  prepareForCreate(_, definition) {
    definition.status = {} as NonNullable<Draft['status']>
    noteStoredVersion(definition)
  },
  prepareForUpdate(_, definition, old) {
    keepStatus(definition, old)
    noteStoredVersion(definition)
  },
  validate: (_, definition) => validateDefinition(definition),
  validateUpdate: (_, definition, old) => validateDefinitionUpdate(definition, old),
  warningsOnCreate: (_, definition) => formatWarnings(definition),
  warningsOnUpdate: (_, definition, old) => formatWarnings(definition, old),
  // Metadata are written, too, but nobody comes to own them.
  subresources: { status: { resetFields: statusAlone.resetFields! } },
}
