// podtolerationrestriction.admission.k8s.io/v1alpha1 Configuration: what holds for namespaces that say nothing themselves.
import type { Toleration } from '../../../api/core/v1.ts'
import { schema } from '../../../api/schema.ts'
import { type ConfigKind, decodeConfigFile, refuseConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'
import { validateTolerations } from '../../registry/shared/pod-spec/validate-scheduling.ts'

export interface PodTolerationRestrictionConfiguration {
  readonly default?: readonly Toleration[]
  readonly whitelist?: readonly Toleration[]
}

const toleration = 'io.k8s.api.core.v1.Toleration'

export const tolerationTypes = new Map([[toleration, schema.get(toleration)!]])
/** A list of tolerations, as annotations hold it. */
export const tolerationType = toleration

const kind: ConfigKind = {
  kind: 'Configuration',
  groupVersions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'],
  types: configTypes({ Configuration: { default: `[]${toleration}`, whitelist: `[]${toleration}` } }, { root: 'Configuration', more: tolerationTypes }),
}

/** @throws {ConfigFileError} */
export function podTolerationRestrictionConfiguration(text: string | undefined): PodTolerationRestrictionConfiguration {
  if (text === undefined) return {}
  const configuration = decodeConfigFile(text, kind) as PodTolerationRestrictionConfiguration
  refuseConfigFile([
    ...validateTolerations('podtolerationrestriction.default', configuration.default),
    ...validateTolerations('podtolerationrestriction.whitelist', configuration.whitelist),
  ])
  return configuration
}
