import { replicationControllers } from '../../api/resources.ts'
import { selectorFromSet } from '../../apimachinery/labels/selector.ts'
import type { ControllerContext } from '../framework/context.ts'
import type { Controller } from '../framework/controller.ts'
import { newReplicasController } from '../framework/replicas/controller.ts'

export function newReplicationController(context: ControllerContext): Controller {
  return newReplicasController(context, {
    name: 'replicationcontroller-controller',
    resource: replicationControllers,
    selectorOf: (rc) => selectorFromSet(rc.spec?.selector ?? rc.spec?.template?.metadata?.labels),
  })
}
