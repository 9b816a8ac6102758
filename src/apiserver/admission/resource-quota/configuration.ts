// What may be used only where a quota covers it: apiserver.config.k8s.io/v1 ResourceQuotaConfiguration.
// Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/apis/resourcequota.
import type { ScopedResourceSelectorRequirement } from '../../../api/core/v1.ts'
import { schema } from '../../../api/schema.ts'
import { required } from '../../../apimachinery/field-errors.ts'
import { configField, type ConfigurationKind, configType, decodeConfiguration, refuseConfiguration } from '../configuration.ts'

export interface LimitedResource {
  readonly apiGroup?: string
  readonly resource?: string
  /** Parts of names of usage; what contains one of them must be covered. */
  readonly matchContains?: readonly string[]
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[]
}

const requirement = 'io.k8s.api.core.v1.ScopedResourceSelectorRequirement'
const fields = [configField('limitedResources', 'LimitedResource', 'list')]
const parts = [
  [requirement, schema.get(requirement)!],
  [
    'LimitedResource',
    configType([
      configField('apiGroup', 'string'),
      configField('resource', 'string'),
      configField('matchContains', 'string', 'list'),
      configField('matchScopes', requirement, 'list'),
    ]),
  ],
] as const

const kind = (name: string, ...groupVersions: readonly string[]): ConfigurationKind => ({
  kind: name,
  groupVersions,
  types: new Map([...parts, [name, configType(fields, true)]]),
})

const kinds = [
  kind('ResourceQuotaConfiguration', 'apiserver.config.k8s.io/v1'),
  kind('Configuration', 'resourcequota.admission.k8s.io/v1beta1', 'resourcequota.admission.k8s.io/v1alpha1'),
]

/** @throws {ConfigurationError} */
export function limitedResources(text: string | undefined): readonly LimitedResource[] {
  if (text === undefined) return []
  const { limitedResources: limited = [] } = decodeConfiguration(text, ...kinds) as { readonly limitedResources?: readonly LimitedResource[] }
  refuseConfiguration(limited.flatMap(({ resource }, i) => (resource ? [] : [required(`limitedResources[${i}].resource`)])))
  return limited
}
