// Refuses requests in namespaces that do not exist. Source: plugin/pkg/admission/namespace/exists/admission.go.
import type { Namespace } from '../../../api/core/v1.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'

export function newNamespaceExists(namespaces: Pick<StoreLister<Namespace>, 'get'>): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: (operation) => operation !== 'CONNECT',
    validate({ namespace, resource }) {
      if (!namespace || (resource.group === '' && resource.plural === 'namespaces') || namespaces.get(namespace)) return
      throw notFound({ group: '', plural: 'namespaces' }, namespace)
    },
  }
}
