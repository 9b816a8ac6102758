import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { dropDisabledFields } from '../pod-spec/drop-disabled.ts'

/** Fields of features that are off are not stored, unless `old` has them. In place. */
export function dropDisabledFromTemplate(template: Mutable<PodTemplateSpec> | undefined, old?: PodTemplateSpec): void {
  if (template?.spec) dropDisabledFields(template.spec, old?.spec)
}
