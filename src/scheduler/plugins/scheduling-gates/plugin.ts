import { type Plugin, unresolvable } from '../../framework/plugin.ts'

/** A gated pod waits outside the queue until its last gate is taken away. */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue({ spec: { schedulingGates: gates = [] } }) {
    return gates.length ? unresolvable(`waiting for scheduling gates: [${gates.map((g) => g.name).join(' ')}]`) : undefined
  },
  helps: (event) => event.resource === 'TargetPod' && (event.pod.spec.schedulingGates?.length ?? 0) === 0,
}
