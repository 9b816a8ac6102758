// Templates of the past, kept as ControllerRevisions, so that DaemonSets and StatefulSets can be rolled back.
// Source: pkg/controller/history/controller_history.go.
import type { ControllerRevision, DaemonSet, StatefulSet } from '../../api/apps/v1.ts'
import { controllerRevisions } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import { jsonEqual } from '../../apimachinery/json-equal.ts'
import type { Client } from '../../client/client.ts'
import { controllerReference } from './owner.ts'
import { templateHash } from './template-hash.ts'

export const revisionHashLabel = 'controller-revision-hash'

type Owner = DaemonSet | StatefulSet

/** What a revision remembers: a patch that puts the template back. */
const dataOf = ({ spec: { template } }: Owner) => ({ spec: { template: { ...template, $patch: 'replace' } } })

export interface History {
  /** Of the template as it is now. */
  readonly update: ControllerRevision
  /** All, oldest first. */
  readonly all: readonly ControllerRevision[]
}

/**
 * Finds the revision of the owner's template, or makes it; one that is returned to becomes the newest.
 * @param owned revisions that the owner controls
 * @returns undefined when the name of a new one is taken by another: then the collision count has to be raised
 */
export async function syncHistory(
  owner: Owner,
  owned: readonly ControllerRevision[],
  client: Pick<Client, 'create' | 'update' | 'get'>,
  signal: AbortSignal,
): Promise<History | undefined> {
  const all = owned.toSorted((a, b) => a.revision - b.revision || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
  const data = dataOf(owner)
  const newest = all.at(-1)
  const equal = all.findLast((revision) => jsonEqual(revision.data, data))
  if (equal && equal === newest) return { update: equal, all }
  const revision = (newest?.revision ?? 0) + 1
  if (equal) {
    const update = await client.update(controllerRevisions, { ...equal, revision }, { signal })
    return { update, all: [...all.filter((each) => each !== equal), update] }
  }
  const hash = templateHash(data, owner.status?.collisionCount)
  const { namespace, name } = owner.metadata
  const revisionName = `${name}-${hash}`
  try {
    const update = await client.create(
      controllerRevisions,
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          namespace,
          name: revisionName,
          labels: { ...owner.spec.template.metadata?.labels, [revisionHashLabel]: owner.kind === 'DaemonSet' ? hash : revisionName },
          annotations: owner.metadata.annotations ?? {},
          ownerReferences: [controllerReference(owner)],
        },
        data,
        revision,
      },
      { signal },
    )
    return { update, all: [...all, update] }
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const existing = await client.get(controllerRevisions, { namespace, name: revisionName }, { signal })
    return jsonEqual(existing.data, data) ? { update: existing, all: [...all, existing] } : undefined
  }
}

/** Deletes the oldest revisions that neither a pod nor the owner uses, beyond `limit`. */
export async function pruneHistory(
  history: History,
  { inUse, limit }: { readonly inUse: ReadonlySet<string>; readonly limit: number },
  client: Pick<Client, 'delete'>,
  signal: AbortSignal,
): Promise<void> {
  const unused = history.all.filter(
    (revision) => revision !== history.update && !inUse.has(revision.metadata.name) && !inUse.has(revision.metadata.labels?.[revisionHashLabel] ?? ''),
  )
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    await client.delete(controllerRevisions, metadata, { preconditions: { uid: metadata.uid }, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}
