import type { PersistentVolumeClaim, Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { persistentVolumeClaims as claimResource, pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'

const finalizer = 'kubernetes.io/pvc-protection'

/** Claims that a pod names, those made for its ephemeral volumes included. */
function claimsOf({ metadata, spec }: Pod): readonly string[] {
  const names = (spec.volumes ?? []).map(
    (volume) => volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${metadata.name}-${volume.name}` : undefined),
  )
  return names.flatMap((name) => (name ? [`${metadata.namespace}/${name}`] : []))
}

/** Keeps a claim that is being deleted until no scheduled pod uses it. A pod that no kubelet has seen yet will not be started with it. */
export function newPvcProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context
  const claims = informers.for(claimResource)
  const pods = informers.for(podResource)
  const uses = (pod: Pod, key: string) => Boolean(pod.spec.nodeName) && claimsOf(pod).includes(key)

  return controller('persistentvolumeclaim-protection-controller', context, {
    watches: [onChange(claims, keyOf), onChange(pods, claimsOf)],
    async reconcile(key, signal) {
      const claim = claims.lister.get(key)
      const held = claim?.metadata.finalizers?.includes(finalizer) ?? false
      if (!claim) return done
      if (!claim.metadata.deletionTimestamp) {
        if (!held) await update(claim, [...(claim.metadata.finalizers ?? []), finalizer], signal)
        return done
      }
      if (!held || pods.lister.inNamespace(claim.metadata.namespace).some((pod) => uses(pod, key))) return done
      // The cache may be behind: only the server knows that nobody uses it.
      const { items } = await client.list(podResource, { namespace: claim.metadata.namespace, signal })
      if (!items.some((pod) => uses(pod, key)))
        await update(
          claim,
          claim.metadata.finalizers!.filter((each) => each !== finalizer),
          signal,
        )
      return done
    },
  })

  async function update(claim: PersistentVolumeClaim, finalizers: readonly string[], signal: AbortSignal): Promise<void> {
    await client.update(claimResource, { ...claim, metadata: { ...claim.metadata, finalizers } }, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}
