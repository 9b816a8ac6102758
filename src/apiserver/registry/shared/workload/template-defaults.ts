// Pod templates in workloads. Source: pkg/apis/core/v1/defaults.go; templates get the defaults of pod specs, not those of pods.
import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podSpecDefaults } from '../pod-spec/defaults.ts'

/** In place; idempotent. */
export function podTemplateDefaults(template: Mutable<PodTemplateSpec> | undefined): void {
  if (template?.spec) podSpecDefaults(template.spec)
}
