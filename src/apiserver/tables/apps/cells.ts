import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { images, labels, names, selector } from '../helpers.ts'
import { flag, items, number, text } from '../view.ts'

const template: KindCells = {
  Containers: (object) => names(object, 'spec.template.spec.containers'),
  Images: (object) => images(object, 'spec.template.spec.containers'),
  Selector: (object) => selector(object, 'spec.selector'),
}

const readyOfDesired = (object: JsonObject) => `${number(object, 'status.readyReplicas')}/${number(object, 'spec.replicas')}`

/** A Deployment's selector has other words for nothing and for nonsense. */
function deploymentSelector(object: JsonObject): string {
  const shown = selector(object, 'spec.selector')
  return shown === '<none>' ? '' : shown === '<error>' ? '<invalid>' : shown
}

function controller(object: JsonObject): string {
  const owner = items(object, 'metadata.ownerReferences').find((each) => flag(each, 'controller'))
  if (!owner) return '<none>'
  const [group] = text(owner, 'apiVersion').split('/')
  const isCore = !text(owner, 'apiVersion').includes('/')
  return `${text(owner, 'kind').toLowerCase()}${isCore ? '' : `.${group!}`}/${text(owner, 'name')}`
}

export const appsCells: Readonly<Record<string, KindCells>> = {
  'apps/ControllerRevision': { Controller: controller, Revision: (object) => number(object, 'revision') },
  'apps/DaemonSet': {
    ...template,
    Desired: (object) => number(object, 'status.desiredNumberScheduled'),
    Current: (object) => number(object, 'status.currentNumberScheduled'),
    Ready: (object) => number(object, 'status.numberReady'),
    'Up-to-date': (object) => number(object, 'status.updatedNumberScheduled'),
    Available: (object) => number(object, 'status.numberAvailable'),
    'Node Selector': (object) => labels(object, 'spec.template.spec.nodeSelector'),
  },
  'apps/Deployment': {
    ...template,
    Ready: readyOfDesired,
    'Up-to-date': (object) => number(object, 'status.updatedReplicas'),
    Available: (object) => number(object, 'status.availableReplicas'),
    Selector: deploymentSelector,
  },
  'apps/ReplicaSet': {
    ...template,
    Desired: (object) => number(object, 'spec.replicas'),
    Current: (object) => number(object, 'status.replicas'),
    Ready: (object) => number(object, 'status.readyReplicas'),
  },
  'apps/StatefulSet': { ...template, Ready: readyOfDesired },
}
