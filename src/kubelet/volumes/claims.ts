import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../api/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '../../api/resources.ts'
import type { Reader } from '../../client/client.ts'
import { StartError } from '../runtime/start-errors.ts'
import { prepareHostPath } from './host-path.ts'

/** Follows a claim to its volume: directories of the node (hostPath and local volumes). */
export async function claimPath(client: Pick<Reader, 'get'>, pod: Pod, volume: Volume): Promise<string> {
  const { namespace } = pod.metadata
  const name = volume.persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`
  const claim: PersistentVolumeClaim = await client.get(persistentVolumeClaims, { namespace, name })
  if (claim.metadata.deletionTimestamp) throw new StartError('FailedMount', `can't start pod because PVC ${namespace}/${name} is being deleted`)
  const volumeName = claim.spec?.volumeName
  if (!volumeName || claim.status?.phase !== 'Bound') throw new StartError('FailedMount', `PVC ${namespace}/${name} is not bound`)
  const { spec }: PersistentVolume = await client.get(persistentVolumes, { name: volumeName })
  if (spec?.claimRef?.uid !== claim.metadata.uid) throw new StartError('FailedMount', `PV ${volumeName} is bound to another claim`)
  if (spec.hostPath) return prepareHostPath(spec.hostPath)
  if (spec.local) return prepareHostPath({ path: spec.local.path, type: 'Directory' })
  throw new StartError('FailedMount', `no volume plugin matched PersistentVolume ${volumeName}`)
}
