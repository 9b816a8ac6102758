// Adoption and release: of the objects that match a selector, those without a controller are taken, and owned ones that match no
// longer are let go. Source: pkg/controller/controller_ref_manager.go.
import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import { isInvalid, isNotFound } from '../../apimachinery/api-error.ts'
import type { Selector } from '../../apimachinery/labels/selector.ts'
import type { Client } from '../../client/client.ts'
import { controllerOf, controllerReference } from './owner.ts'

export interface ClaimOptions<Owner extends KubeObject, T extends KubeObject> {
  readonly owner: Owner
  readonly ownerResource: ResourceType<Owner>
  readonly selector: Selector
  /** From the cache: everything in the owner's namespace that may matter. */
  readonly candidates: readonly T[]
  readonly resource: ResourceType<T>
  readonly client: Pick<Client, 'get' | 'patch'>
  /** Added to what an adoption patches, such as a finalizer. */
  readonly finalizers?: readonly string[]
}

/** What is to happen with one object. */
export type Claim = 'keep' | 'adopt' | 'release' | 'ignore'

/** Pure: what the owner makes of an object. */
export function claimOf(owner: KubeObject, selector: Selector, object: KubeObject): Claim {
  const controller = controllerOf(object)
  const matches = selector.matches(object.metadata.labels ?? {})
  const ownerDeleting = owner.metadata.deletionTimestamp !== undefined
  if (controller) {
    if (controller.uid !== owner.metadata.uid) return 'ignore'
    if (matches) return 'keep'
    return ownerDeleting ? 'ignore' : 'release'
  }
  return ownerDeleting || !matches || object.metadata.deletionTimestamp ? 'ignore' : 'adopt'
}

/**
 * @returns the objects that the owner controls now
 * @throws {AggregateError} when some could not be adopted or released; nothing is decided on partial knowledge
 */
export async function claim<Owner extends KubeObject, T extends KubeObject>(options: ClaimOptions<Owner, T>, signal: AbortSignal): Promise<readonly T[]> {
  const { owner, selector, candidates } = options
  const claimed: T[] = []
  const errors: unknown[] = []
  let mayAdopt: Promise<void> | undefined
  for (const object of candidates) {
    const verdict = claimOf(owner, selector, object)
    try {
      if (verdict === 'keep') claimed.push(object)
      else if (verdict === 'release') await release(options, object, signal)
      else if (verdict === 'adopt') {
        await (mayAdopt ??= checkOwner(options, signal))
        if (await adopt(options, object, signal)) claimed.push(object)
      }
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length) throw new AggregateError(errors, `could not claim the objects of ${owner.kind} ${owner.metadata.name}`)
  return claimed
}

/** The cache may be behind: only the server knows whether the owner still lives. */
async function checkOwner<Owner extends KubeObject>({ client, ownerResource, owner }: ClaimOptions<Owner, KubeObject>, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = owner.metadata
  const fresh = await client.get(ownerResource, { ...(namespace ? { namespace } : {}), name }, { signal })
  if (fresh.metadata.uid !== uid) throw new Error(`original ${owner.kind} ${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`)
  if (fresh.metadata.deletionTimestamp) throw new Error(`${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`)
}

async function adopt<Owner extends KubeObject, T extends KubeObject>(
  { client, resource, owner, finalizers }: ClaimOptions<Owner, T>,
  object: T,
  signal: AbortSignal,
): Promise<boolean> {
  const metadata = { ownerReferences: [controllerReference(owner)], uid: object.metadata.uid, ...(finalizers ? { finalizers } : {}) }
  return unlessGone(client.patch(resource, object.metadata, { type: 'strategic', patch: { metadata } }, { signal }), false)
}

async function release<Owner extends KubeObject, T extends KubeObject>(
  { client, resource, owner, finalizers }: ClaimOptions<Owner, T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  const metadata = {
    ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
    uid: object.metadata.uid,
    ...(finalizers ? { '$deleteFromPrimitiveList/finalizers': finalizers } : {}),
  }
  await unlessGone(client.patch(resource, object.metadata, { type: 'strategic', patch: { metadata } }, { signal }), true)
}

/** Gone, or (releasing) replaced by another of the same name or no longer owned: Invalid. */
async function unlessGone(patch: Promise<unknown>, invalidMeansGone: boolean): Promise<boolean> {
  try {
    await patch
    return true
  } catch (error) {
    if (isNotFound(error) || (invalidMeansGone && isInvalid(error))) return false
    throw error
  }
}
