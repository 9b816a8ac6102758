// podtolerationrestriction.admission.k8s.io/v1alpha1 Configuration: what holds for namespaces that say nothing themselves.
import type { Toleration } from '../../../api/core/v1.ts'
import { schema } from '../../../api/schema.ts'
import { validateTolerations } from '../../registry/shared/pod-spec/validate-scheduling.ts'
import { configField, type ConfigurationKind, configType, decodeConfiguration, refuseConfiguration } from '../configuration.ts'

export interface PodTolerationRestrictionConfiguration {
  readonly default?: readonly Toleration[]
  readonly whitelist?: readonly Toleration[]
}

const toleration = 'io.k8s.api.core.v1.Toleration'

export const tolerationTypes = new Map([[toleration, schema.get(toleration)!]])
/** A list of tolerations, as annotations hold it. */
export const tolerationType = toleration

const kind: ConfigurationKind = {
  kind: 'Configuration',
  groupVersions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'],
  types: new Map([
    ...tolerationTypes,
    ['Configuration', configType([configField('default', toleration, 'list'), configField('whitelist', toleration, 'list')], true)],
  ]),
}

/** @throws {ConfigurationError} */
export function podTolerationRestrictionConfiguration(text: string | undefined): PodTolerationRestrictionConfiguration {
  if (text === undefined) return {}
  const configuration = decodeConfiguration(text, kind) as PodTolerationRestrictionConfiguration
  refuseConfiguration([
    ...validateTolerations('podtolerationrestriction.default', configuration.default),
    ...validateTolerations('podtolerationrestriction.whitelist', configuration.whitelist),
  ])
  return configuration
}
