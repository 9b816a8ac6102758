// What the suite's tests of the API need: the server on a port, controllers, a scheduler and nodes that are played.
import { token } from '../../support/api-server.ts'
import { eventually } from '../../support/eventually.ts'
import { startCluster } from '../kubectl/cluster.ts'
import { Api, unique } from './api.ts'

export interface ConformanceCluster extends AsyncDisposable {
  /** As a cluster administrator. */
  readonly api: Api
  /** Makes one in which pods can be made. @returns its name */
  newNamespace(labels?: Readonly<Record<string, string>>): Promise<string>
}

export async function startConformanceCluster(): Promise<ConformanceCluster> {
  const cluster = await startCluster([{ name: 'node-1' }, { name: 'node-2' }])
  const api = new Api(Number(new URL(cluster.server).port), token)
  return {
    api,
    async newNamespace(labels = {}) {
      const name = unique('suite')
      await api.must('POST /api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
      await eventually(() => api.must(`GET /api/v1/namespaces/${name}/serviceaccounts/default`))
      return name
    },
    async [Symbol.asyncDispose]() {
      api[Symbol.dispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}
