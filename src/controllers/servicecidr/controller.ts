import type { ServiceCIDR } from '../../api/networking/v1.ts'
import { ipAddresses, serviceCIDRs } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { formatTime } from '../../util/clock.ts'
import { inTurns } from '../../util/steps.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { concernedBy, decide, finalizer, heldBy, type Plan, type Ready } from './decide.ts'

const name = 'service-cidr-controller'

const finalizerPatches: Readonly<Record<NonNullable<Plan['finalizer']>, object>> = {
  add: { metadata: { finalizers: [finalizer] } },
  remove: { metadata: { '$deleteFromPrimitiveList/finalizers': [finalizer] } },
}

/** Says of ServiceCIDRs that they are ready, and keeps one that is being deleted while an address would be left in none. */
export function newServiceCidrController(context: ControllerContext): Controller {
  const { client, informers, events, clock } = context
  const cidrs = informers.for(serviceCIDRs)
  const addresses = informers.for(ipAddresses)

  async function setCondition(cidr: ServiceCIDR, condition: Ready, signal: AbortSignal): Promise<void> {
    const { apiVersion, kind } = serviceCIDRs
    const conditions = [{ ...condition, lastTransitionTime: formatTime(clock.now()) }]
    const patch = { apiVersion, kind, metadata: { name: cidr.metadata.name }, status: { conditions } }
    try {
      await client.patch(serviceCIDRs, cidr.metadata, { type: 'apply', patch, force: true }, { subresource: 'status', fieldManager: name, signal })
    } catch (error) {
      if (isNotFound(error)) return
      if (condition.status === 'True') events.event(cidr, 'Warning', 'KubernetesServiceCIDRError', 'The ServiceCIDR Status can not be set to Ready=True')
      throw error
    }
  }

  async function setFinalizer(cidr: ServiceCIDR, change: NonNullable<Plan['finalizer']>, signal: AbortSignal): Promise<void> {
    await client.patch(serviceCIDRs, cidr.metadata, { type: 'strategic', patch: finalizerPatches[change] }, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  return controller(name, context, {
    watches: [onChange(cidrs, (cidr) => concernedBy(cidr, cidrs.lister.all())), onChange(addresses, (address) => heldBy(address, cidrs.lister.all()))],
    async reconcile(key, signal) {
      const cidr = cidrs.lister.get(key)
      if (!cidr) return done
      const plan = await inTurns(decide(cidr, cidrs.lister.all(), addresses.lister.all(), clock.now()))
      if (plan.finalizer) await setFinalizer(cidr, plan.finalizer, signal)
      if (plan.condition) await setCondition(cidr, plan.condition, signal)
      return plan.waitMs === undefined ? done : requeueAfter(plan.waitMs)
    },
  })
}
