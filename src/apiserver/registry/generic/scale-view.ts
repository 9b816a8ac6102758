// The replicas of an object as an autoscaling/v1 Scale: what the scale subresource shows, and what admission sees of it.
// Source: kubernetes pkg/registry/apps/deployment/storage/storage.go (ScaleREST, scaleFromDeployment).
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatLabelSelector, type LabelSelectorObject } from '../../../apimachinery/labels/from-object.ts'
import { selectorFromSet } from '../../../apimachinery/labels/selector.ts'
import type { ScaleAccess } from './strategy.ts'

interface Scaled {
  spec?: { replicas?: number; selector?: object }
  status?: { replicas?: number }
}

export const scaleGroupVersionKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const

/** Resources that keep replicas and a selector where Deployments do. */
export const commonScaleAccess: ScaleAccess<KubeObject> = {
  replicas: (object) => (object as Scaled).spec?.replicas ?? 0,
  statusReplicas: (object) => (object as Scaled).status?.replicas ?? 0,
  selector: (object) => {
    const selector = (object as Scaled).spec?.selector
    const isSet = selector && !('matchLabels' in selector) && !('matchExpressions' in selector)
    return isSet ? selectorFromSet(selector as Record<string, string>).toString() : formatLabelSelector(selector as LabelSelectorObject | undefined)
  },
  setReplicas: (object, replicas) => {
    const scaled = object as Scaled
    scaled.spec = { ...scaled.spec, replicas }
  },
}

export interface ScaleView extends KubeObject {
  readonly spec: { readonly replicas?: number }
  readonly status: { readonly replicas: number; readonly selector?: string }
}

export function scaleView(read: ScaleAccess<KubeObject>, object: KubeObject): Mutable<ScaleView> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = read.replicas(object)
  const selector = read.selector(object)
  return {
    kind: scaleGroupVersionKind.kind,
    apiVersion: `${scaleGroupVersionKind.group}/${scaleGroupVersionKind.version}`,
    metadata: { name, namespace: namespace!, uid: uid!, resourceVersion: resourceVersion!, creationTimestamp: creationTimestamp! },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: read.statusReplicas(object), ...(selector && selector !== '<none>' ? { selector } : {}) },
  } as Mutable<ScaleView>
}
