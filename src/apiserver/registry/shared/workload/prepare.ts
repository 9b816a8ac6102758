import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { KubeObject, Mutable } from '../../../../api/object.ts'
import { clearStatus, keepStatus } from '../status.ts'
import { dropDisabledFromTemplate } from './drop-disabled-template.ts'

type New = Mutable<KubeObject> & { spec?: { template?: Mutable<PodTemplateSpec> } | undefined; status?: unknown }
type Old = KubeObject & { readonly spec?: { readonly template?: PodTemplateSpec } | undefined; readonly status?: unknown }

/**
 * What is done to every workload with a pod template before it is looked at, as hooks of its strategy: the status is not the client's,
 * and fields of features that are off are not kept.
 */
export const prepareWorkload = {
  prepareForCreate(_: unknown, workload: New): void {
    clearStatus(workload)
    dropDisabledFromTemplate(workload.spec?.template)
  },
  prepareForUpdate(_: unknown, workload: New, old: Old): void {
    keepStatus(workload, old)
    dropDisabledFromTemplate(workload.spec?.template, old.spec?.template)
  },
}
