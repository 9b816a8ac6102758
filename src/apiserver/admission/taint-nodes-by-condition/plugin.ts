// A new node takes no pods until it has been found ready. Source: plugin/pkg/admission/nodetaint/admission.go.
import type { Node } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, passesOthers } from '../refuse.ts'

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (operation) => operation === 'CREATE',
  inputs: passesOthers('nodes'),
  admit(attributes) {
    if (!concerns(attributes, 'nodes')) return
    const taints = (((attributes.object as Mutable<Node>).spec ??= {}).taints ??= [])
    if (!taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) taints.push({ ...notReady })
  },
}
