// The status of an object is the server's and its controllers': clients write it through the `status` subresource only.
import type { KubeObject, Mutable } from '../../../api/object.ts'

interface Reported {
  status?: unknown
}

/** For creation: whatever the client sent is dropped; the codec fills in what every status says. */
export function clearStatus(object: Mutable<KubeObject> & Reported): void {
  object.status = {}
}

/** For an update of anything but the status. */
export function keepStatus(object: Mutable<KubeObject> & Reported, old: KubeObject & Readonly<Reported>): void {
  if (old.status === undefined) delete object.status
  else object.status = structuredClone(old.status)
}
