import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import { podWarnings } from '../pod-spec/warnings.ts'

interface Templated {
  readonly metadata: { readonly generation?: number }
  readonly spec?: { readonly template?: PodTemplateSpec }
}

/** Of the pods that a workload makes. @param old the stored workload: warned of again only when it wants something else now */
export function templateWarnings({ metadata, spec }: Templated, old?: Templated): readonly string[] {
  if (old && metadata.generation === old.metadata.generation) return []
  return podWarnings('spec.template', spec?.template ?? {})
}
