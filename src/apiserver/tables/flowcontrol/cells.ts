import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { at, condition, number, text } from '../view.ts'

const orNone =
  (path: string) =>
  (object: JsonObject): JsonValue =>
    at(object, path) ?? '<none>'

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
