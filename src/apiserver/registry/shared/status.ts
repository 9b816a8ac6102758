// The status of an object is the server's and its controllers': clients write it through the `status` subresource only.
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { Strategy } from '../generic/strategy.ts'
import { ownCopy } from './own-copy.ts'

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
  else object.status = ownCopy(old.status)
}

const kept = ['deletionTimestamp', 'generation', 'selfLink', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const

/** A write to status leaves metadata alone, too. Source: k8s.io/apimachinery pkg/apis/meta/v1/helpers.go (ResetObjectMetaForStatus). */
export function restoreMetadata({ metadata }: Mutable<KubeObject>, old: KubeObject): void {
  const target = metadata as unknown as { [key: string]: unknown }
  for (const key of kept) {
    const before = (old.metadata as unknown as { readonly [key: string]: unknown })[key]
    if (before === undefined) delete target[key]
    else target[key] = ownCopy(before)
  }
}

/** What `status` of some kinds is: a write to it changes neither spec nor metadata, and whoever writes owns nothing there. */
export const statusAlone: Pick<Strategy, 'resetFields' | 'prepareForUpdate'> = {
  resetFields: [['metadata'], ['spec']],
  prepareForUpdate(_, object, old) {
    const [target, source] = [object as { spec?: unknown }, old as { readonly spec?: unknown }]
    target.spec = ownCopy(source.spec)
    restoreMetadata(object, old)
  },
}
