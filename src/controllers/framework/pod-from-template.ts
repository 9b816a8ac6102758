import type { Pod, PodTemplateSpec } from '../../api/core/v1.ts'
import type { KubeObject, New } from '../../api/object.ts'
import { controllerReference } from './owner.ts'

/** A pod as its controller creates it: the template's labels, annotations and finalizers, and a name that the server completes. */
export function podFromTemplate(owner: KubeObject, template: PodTemplateSpec): New<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(owner.metadata.namespace ? { namespace: owner.metadata.namespace } : {}),
      generateName: `${owner.metadata.name}-`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec!,
  }
}
