import type { ResourceQuota } from '../../api/core/v1.ts'
import { type KubeObject, keyOf } from '../../api/object.ts'
import { evaluatorFor } from '../../api/quota/evaluators.ts'
import { type ResourceType, persistentVolumeClaims, pods, resourceClaims, resourceQuotas, services } from '../../api/resources.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import type { Informer, Lister } from '../../client/informers/informer.ts'
import type { Component } from '../../component-base/component.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Watch, controller } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { Charges, quietMs, withoutLess } from './charges.ts'
import { type Counted, decide, usesOtherwise } from './decide.ts'
import { ObjectCounts } from './object-counts.ts'

const name = 'resourcequota-controller'

/** Each quota is counted again this often, whatever was noticed (--resource-quota-sync-period). */
const recountMs = 5 * 60_000
/** After a correction it is counted again: what was charged and not yet in the cache would be missing from it. */
const verifyMs = 2000

/** Keeps the status of ResourceQuotas: what is used. Admission charges what is created; here it is counted, and given back. */
export function newResourceQuotaController(context: ControllerContext): Component {
  const { informers, clock, client, metadataClient } = context
  const quotas = informers.for(resourceQuotas)
  // Objects of which more than the number counts, and that change their use while they live. The others are only counted.
  const measured = new Map<string, Informer<KubeObject>>(
    [pods, services, persistentVolumeClaims].map((resource) => [resourceName(resource), informers.for(resource as ResourceType<KubeObject>)]),
  )
  // Device claims count by what they ask for, which never changes.
  const readerOf = (resource: ResourceType<KubeObject>) => (resourceName(resource) === resourceName(resourceClaims) ? client : metadataClient)
  const counts = new ObjectCounts({ ...context, readerOf, onDelete: recount })

  const charges = new Charges(clock)
  const watches = [ownChanges(quotas), charges.watch(quotas), ...Array.from(measured.values(), usageChanges)]
  const loop = controller(name, context, {
    watches,
    async reconcile(key, signal) {
      const quota = quotas.lister.get(key)
      if (!quota) return done
      const found = decide(quota, await counted(quota, signal), clock.now())
      const isQuiet = charges.isQuiet(key)
      const status = found && !isQuiet ? withoutLess(found, quota) : found
      if (status) await client.update(resourceQuotas, { ...quota, status }, { subresource: 'status', signal })
      if (found && !isQuiet) return requeueAfter(quietMs)
      return requeueAfter(status ? verifyMs : recountMs)
    },
  })

  async function counted(quota: ResourceQuota, signal: AbortSignal): Promise<readonly Counted[]> {
    const names = Object.keys(quota.spec?.hard ?? {})
    const { namespace } = quota.metadata
    const found: Promise<Counted>[] = []
    for (const resource of await counts.resources()) {
      const evaluator = evaluatorFor(resource)
      if (!evaluator?.matchingResources(names).length) continue
      found.push(listerOf(resource, signal).then((lister) => ({ evaluator, objects: lister.inNamespace(namespace) })))
    }
    return Promise.all(found)
  }

  async function listerOf(resource: ResourceType<KubeObject>, signal: AbortSignal): Promise<Lister<KubeObject>> {
    return measured.get(resourceName(resource))?.lister ?? counts.listerOf(resource, signal)
  }

  /** Counts the quotas again that count objects of the resource in the object's namespace. */
  function recount(resource: ResourceType<KubeObject>, { metadata: { namespace = '' } }: KubeObject): void {
    for (const quota of quotas.lister.inNamespace(namespace)) {
      if (evaluatorFor(resource)?.matchingResources(Object.keys(quota.spec?.hard ?? {})).length) loop.enqueue(keyOf(quota))
    }
  }

  /**
   * What makes less, or other, use of a quota. Not what is new: admission has charged it, and the cache that says so may be ahead of the
   * one that counts.
   */
  function usageChanges(informer: Informer<KubeObject>): Watch {
    const { resource } = informer
    const evaluator = evaluatorFor(resource)!
    return {
      start: () =>
        informer.addHandler({
          update(old, object) {
            const concerned = quotas.lister.inNamespace(object.metadata.namespace ?? '')
            if (old !== object && concerned.length && usesOtherwise(evaluator, concerned, old, object, clock.now())) recount(resource, object)
          },
          delete: (object) => recount(resource, object),
        }),
    }
  }

  return {
    name,
    async run(signal) {
      await loop.run(signal)
      await counts.stopped()
    },
  }
}

const resourceName = ({ group, plural }: { readonly group: string; readonly plural: string }) => (group ? `${plural}.${group}` : plural)

/** New quotas, other limits, and a status that does not tell the limits. What is used changes with every admission: see charges.ts. */
function ownChanges(quotas: Informer<ResourceQuota>): Watch {
  return {
    start: (enqueue) =>
      quotas.addHandler({
        add: (quota) => enqueue(keyOf(quota)),
        update(old, quota) {
          if (!semanticEqual(old.spec, quota.spec) || !semanticEqual(quota.spec?.hard, quota.status?.hard)) enqueue(keyOf(quota))
        },
      }),
  }
}
