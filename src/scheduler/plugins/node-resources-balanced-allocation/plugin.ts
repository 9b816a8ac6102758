import { type Plugin, scoreMax } from '../../framework/plugin.ts'

/**
 * Prefers nodes whose cpu and memory are used in the same proportion: 100 minus the standard deviation of the two shares.
 * With two resources that is half their distance. Pods that ask for nothing are left to the other plugins.
 */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  preScore: ({ requests }) => ((requests.get('cpu') ?? 0) + (requests.get('memory') ?? 0) > 0 ? undefined : 'skip'),
  score(_, { requests }, node) {
    const shares = ['cpu', 'memory'].flatMap((resource) => {
      const allocatable = node.allocatable.get(resource) ?? 0
      return allocatable === 0 ? [] : [Math.min(1, ((node.requested.get(resource) ?? 0) + (requests.get(resource) ?? 0)) / allocatable)]
    })
    const deviation = shares.length === 2 ? Math.abs(shares[0]! - shares[1]!) / 2 : 0
    return Math.trunc((1 - deviation) * scoreMax)
  },
}
