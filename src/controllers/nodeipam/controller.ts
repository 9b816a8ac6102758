import { keyOf } from '../../api/object.ts'
import { nodes as nodeResource } from '../../api/resources.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { type Result, done } from '../framework/result.ts'
import { type ClusterRange, nextRange, rangeCount } from './allocate.ts'

/**
 * Gives every node a range of pod addresses (`spec.podCIDRs`), one per cluster range.
 * @throws {RangeError} when nodes' ranges do not fit into a cluster range
 */
export function newNodeIpamController(context: ControllerContext, { ranges }: { readonly ranges: readonly ClusterRange[] }): Controller {
  const { client, informers, events } = context
  const nodes = informers.for(nodeResource)
  ranges.forEach(rangeCount)
  /** Node -> what it was given and the cache may not show yet. */
  const given = new Map<string, readonly string[]>()
  const lastIndex = ranges.map(() => -1)

  function usedRanges(): ReadonlySet<string> {
    return new Set([...given.values(), ...nodes.lister.all().map(({ spec }) => spec?.podCIDRs ?? [])].flat())
  }

  async function assign(name: string, podCIDRs: readonly string[], signal: AbortSignal): Promise<Result> {
    given.set(name, podCIDRs)
    const patch = { spec: { podCIDR: podCIDRs[0], podCIDRs } }
    try {
      await client.patch(nodeResource, { name }, { type: 'merge', patch }, { signal })
    } catch (error) {
      given.delete(name)
      throw error
    }
    return done
  }

  return controller('node-ipam-controller', context, {
    watches: [onChange(nodes, keyOf)],
    // One at a time: two nodes must not be given the same range.
    workers: 1,
    async reconcile(name, signal) {
      const node = nodes.lister.get(name)
      if (!node || node.spec?.podCIDRs?.length) {
        given.delete(name)
        return done
      }
      const used = usedRanges()
      const found = ranges.map((range, index) => nextRange(range, used, lastIndex[index]!))
      if (found.some((each) => !each)) {
        events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error(
          'failed to allocate cidr from cluster cidr: CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range',
        )
      }
      found.forEach((each, index) => (lastIndex[index] = each!.index))
      return assign(
        name,
        found.map((each) => each!.cidr),
        signal,
      )
    },
  })
}
