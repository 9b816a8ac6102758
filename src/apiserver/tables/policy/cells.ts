import type { KindCells } from '../cell.ts'
import { flag, number, text } from '../view.ts'

export const policyCells: Readonly<Record<string, KindCells>> = {
  'policy/PodDisruptionBudget': {
    'Min Available': (object) => text(object, 'spec.minAvailable', 'N/A'),
    'Max Unavailable': (object) => text(object, 'spec.maxUnavailable', 'N/A'),
    'Allowed Disruptions': (object) => number(object, 'status.disruptionsAllowed'),
  },
  'scheduling.k8s.io/PriorityClass': {
    Value: (object) => number(object, 'value'),
    'Global-Default': (object) => flag(object, 'globalDefault'),
    PreemptionPolicy: (object) => text(object, 'preemptionPolicy'),
  },
}
