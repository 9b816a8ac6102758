import { validatingAdmissionPolicies } from '../../api/resources.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'
import { inTurns } from '../../util/steps.ts'
import { decide } from './decide.ts'

const name = 'validatingadmissionpolicy-status-controller'
const fieldManager = 'validatingadmissionpolicy-status'

/** Says in the status of policies which of their expressions cannot be right for the kinds that they are about. */
export function newPolicyStatusController(context: ControllerContext): Controller {
  const { client, informers } = context
  const policies = informers.for(validatingAdmissionPolicies)
  return controller(name, context, {
    watches: [onChange(policies, ({ metadata }) => [metadata.name])],
    async reconcile(key, signal) {
      const policy = policies.lister.get(key)
      const status = policy && (await inTurns(decide(policy)))
      if (!status) return done
      const { apiVersion, kind } = validatingAdmissionPolicies
      const patch = { apiVersion, kind, metadata: { name: key }, status }
      await client.patch(validatingAdmissionPolicies, { name: key }, { type: 'apply', patch, force: true }, { subresource: 'status', fieldManager, signal })
      return done
    },
  })
}
