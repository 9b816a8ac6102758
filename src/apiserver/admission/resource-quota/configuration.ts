// What may be used only where a quota covers it: apiserver.config.k8s.io/v1 ResourceQuotaConfiguration.
// Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/apis/resourcequota.
import type { ScopedResourceSelectorRequirement } from '../../../api/core/v1.ts'
import { schema } from '../../../api/schema.ts'
import { required } from '../../../apimachinery/field-errors.ts'
import { type ConfigKind, decodeConfigFile, refuseConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'

export interface LimitedResource {
  readonly apiGroup?: string
  readonly resource?: string
  /** Parts of names of usage; what contains one of them must be covered. */
  readonly matchContains?: readonly string[]
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[]
}

const requirement = 'io.k8s.api.core.v1.ScopedResourceSelectorRequirement'

const kind = (name: string, ...groupVersions: readonly string[]): ConfigKind => ({
  kind: name,
  groupVersions,
  types: configTypes(
    {
      [name]: { limitedResources: '[]LimitedResource' },
      LimitedResource: { apiGroup: 'string', resource: 'string', matchContains: '[]string', matchScopes: `[]${requirement}` },
    },
    { root: name, more: new Map([[requirement, schema.get(requirement)!]]) },
  ),
})

const kinds = [
  kind('ResourceQuotaConfiguration', 'apiserver.config.k8s.io/v1'),
  kind('Configuration', 'resourcequota.admission.k8s.io/v1beta1', 'resourcequota.admission.k8s.io/v1alpha1'),
]

/** @throws {ConfigFileError} */
export function limitedResources(text: string | undefined): readonly LimitedResource[] {
  if (text === undefined) return []
  const { limitedResources: limited = [] } = decodeConfigFile(text, ...kinds) as { readonly limitedResources?: readonly LimitedResource[] }
  refuseConfigFile(limited.flatMap(({ resource }, i) => (resource ? [] : [required(`limitedResources[${i}].resource`)])))
  return limited
}
