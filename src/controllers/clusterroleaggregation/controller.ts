import { clusterRoles } from '../../api/resources.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'
import { decide } from './decide.ts'

const name = 'clusterrole-aggregation-controller'

/** Keeps the rules of cluster roles with an aggregationRule: `admin`, `edit`, `view` and those of users. */
export function newClusterRoleAggregationController(context: ControllerContext): Controller {
  const { client, informers } = context
  const roles = informers.for(clusterRoles)
  // Any role may feed any other, and there are few: each change is looked at for all of them.
  const aggregated = () => roles.lister.all().flatMap((role) => (role.aggregationRule ? [role.metadata.name] : []))

  return controller(name, context, {
    watches: [onChange(roles, aggregated)],
    async reconcile(key, signal) {
      const role = roles.lister.get(key)
      const rules = role && decide(role, roles.lister.all())
      if (!rules) return done
      const { apiVersion, kind } = clusterRoles
      const patch = { apiVersion, kind, metadata: { name: key }, rules }
      await client.patch(clusterRoles, { name: key }, { type: 'apply', patch, force: true }, { fieldManager: name, signal })
      return done
    },
  })
}
