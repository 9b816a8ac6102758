import { type Plugin, unresolvable } from '../../framework/plugin.ts'

/** A pod that already names its node fits nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  filter: (_, { pod }, node) =>
    pod.spec.nodeName && pod.spec.nodeName !== node.name ? unresolvable("node(s) didn't match the requested node name") : undefined,
  helps: (event) => event.resource === 'Node' && event.action === 'add',
}
