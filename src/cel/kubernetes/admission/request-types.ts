// The types of the variables that every admission expression has. Source: k8s.io/apiserver pkg/admission/plugin/cel/compile.go
// (BuildRequestType, BuildNamespaceType).
import { boolType, dynType, intType, listType, mapType, objectType, stringType, timestampType } from '../../types/cel-type.ts'

const texts = (...names: readonly string[]) => names.map((name) => [name, stringType] as const)
const textMap = mapType(stringType, stringType)
const textLists = listType(stringType)

const kindType = objectType('kubernetes.GroupVersionKind', texts('group', 'version', 'kind'))
const resourceType = objectType('kubernetes.GroupVersionResource', texts('group', 'version', 'resource'))

/** Also what rules about users see. */
export const userInfoType = objectType('kubernetes.UserInfo', [
  ...texts('username', 'uid'),
  ['groups', textLists],
  ['extra', mapType(stringType, listType(stringType))],
])

/** `request`: an AdmissionRequest without `uid`, and without the objects, which are variables of their own. */
export const requestType = objectType('kubernetes.AdmissionRequest', [
  ['kind', kindType],
  ['resource', resourceType],
  ['requestKind', kindType],
  ['requestResource', resourceType],
  ...texts('subResource', 'requestSubResource', 'name', 'namespace', 'operation'),
  ['userInfo', userInfoType],
  ['dryRun', boolType],
  ['options', dynType],
])

const conditionType = objectType('kubernetes.NamespaceCondition', [...texts('status', 'type', 'message', 'reason'), ['lastTransitionTime', timestampType]])
const metadataType = objectType('kubernetes.NamespaceMetadata', [
  ...texts('name', 'generateName', 'namespace', 'UID', 'resourceVersion'),
  ['labels', textMap],
  ['annotations', textMap],
  ['creationTimestamp', timestampType],
  ['deletionTimestamp', timestampType],
  ['deletionGracePeriodSeconds', intType],
  ['generation', intType],
  ['finalizers', textLists],
])

/** `namespaceObject`: of a Namespace what does not change all the time. */
export const namespaceType = objectType('kubernetes.Namespace', [
  ['metadata', metadataType],
  ['spec', objectType('kubernetes.NamespaceSpec', [['finalizers', textLists]])],
  [
    'status',
    objectType('kubernetes.NamespaceStatus', [
      ['conditions', listType(conditionType)],
      ['phase', stringType],
    ]),
  ],
])
