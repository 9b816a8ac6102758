import { replicaSets } from '../../api/resources.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import type { ControllerContext } from '../framework/context.ts'
import type { Controller } from '../framework/controller.ts'
import { newReplicasController } from '../framework/replicas/controller.ts'

export function newReplicaSetController(context: ControllerContext): Controller {
  return newReplicasController(context, {
    name: 'replicaset-controller',
    resource: replicaSets,
    selectorOf: (replicaSet) => selectorFromObject(replicaSet.spec.selector),
  })
}
