import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { KindCells } from '../cell.ts'
import { at, condition, number, text } from '../view.ts'

const orNone =
  (path: string) =>
  (object: JsonObject): JsonValue =>
    at(object, path) ?? '<none>'

/** In the order in which they are matched. Source: k8s.io/apiserver pkg/util/apihelpers (FlowSchemaSequence). */
export function compareFlowSchemas(a: KubeObject, b: KubeObject): number {
  const precedence = (object: KubeObject) => number(object as unknown as JsonObject, 'spec.matchingPrecedence')
  return precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
}

export const flowcontrolCells: Readonly<Record<string, KindCells>> = {
  'flowcontrol.apiserver.k8s.io/FlowSchema': {
    PriorityLevel: (object) => text(object, 'spec.priorityLevelConfiguration.name'),
    MatchingPrecedence: (object) => number(object, 'spec.matchingPrecedence'),
    DistinguisherMethod: (object) => text(object, 'spec.distinguisherMethod.type', '<none>'),
    MissingPL: (object) => text(condition(object, 'Dangling'), 'status', '?'),
  },
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': {
    Type: (object) => text(object, 'spec.type'),
    NominalConcurrencyShares: orNone('spec.limited.nominalConcurrencyShares'),
    Queues: orNone('spec.limited.limitResponse.queuing.queues'),
    HandSize: orNone('spec.limited.limitResponse.queuing.handSize'),
    QueueLengthLimit: orNone('spec.limited.limitResponse.queuing.queueLengthLimit'),
  },
}
