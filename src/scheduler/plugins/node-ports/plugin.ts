import { newPodInfo, portsCollide } from '../../framework/node-info.ts'
import { type Plugin, unschedulable } from '../../framework/plugin.ts'

/** Two pods of a node cannot have the same host port. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  preFilter: ({ hostPorts }) => (hostPorts.length ? { state: undefined } : 'skip'),
  filter(_, { hostPorts }, node) {
    for (const other of node.pods) {
      if (other.hostPorts.some((taken) => hostPorts.some((wanted) => portsCollide(wanted, taken))))
        return unschedulable("node(s) didn't have free ports for the requested pod ports")
    }
    return undefined
  },
  helps(event, pod) {
    if (event.resource === 'Node') return event.action === 'add'
    if (event.resource !== 'AssignedPod' || event.action !== 'delete') return false
    const wanted = newPodInfo(pod).hostPorts
    return newPodInfo(event.pod).hostPorts.some((freed) => wanted.some((w) => portsCollide(w, freed)))
  },
}
